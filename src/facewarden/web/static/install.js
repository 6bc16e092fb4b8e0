// Lets the app be installed, and be told in a sentence when the connection is lost. Without it everything works online.
if ("serviceWorker" in navigator) {
  window.addEventListener("load", () => navigator.serviceWorker.register("/static/worker.js", { scope: "/" }));
}
