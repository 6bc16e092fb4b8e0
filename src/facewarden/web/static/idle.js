// Takes what is on the screen away once the session has idled out: the server then answers with the sign-in page.
const MARGIN_S = 5; // so that the server's clock says so too
const idle_s = Number(document.body.dataset.idleS);

if (idle_s > 0) {
  const begin = () => setTimeout(() => location.reload(), (idle_s + MARGIN_S) * 1000);
  let clock = begin();
  document.addEventListener("session-used", () => {
    clearTimeout(clock);
    clock = begin();
  });
}
