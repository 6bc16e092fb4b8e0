// Keeps a running collection's figures fresh while somebody looks at them. Without it the page shows them as they
// were when it was opened.
const EVERY_MS = 4000;
const LOOKED_AT_MS = 10 * 60 * 1000; // a page that nobody touches must not keep a session alive
let touched = Date.now();
for (const kind of ["pointerdown", "keydown", "scroll"]) {
  addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
}

async function refresh() {
  const shown = document.getElementById("progress");
  if (!shown || shown.dataset.running !== "yes") return;
  if (document.visibilityState === "visible" && Date.now() - touched < LOOKED_AT_MS) {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("progress");
    if (!fresh) return;
    if (fresh.dataset.running !== "yes") {
      location.reload();
      return;
    }
    shown.replaceChildren(...fresh.childNodes);
  }
  setTimeout(refresh, EVERY_MS);
}

setTimeout(refresh, EVERY_MS);
