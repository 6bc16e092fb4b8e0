// Keeps a running collection's figures fresh while somebody looks at them. Without it the page shows them as they
// were when it was opened.
import { filterLists } from "/static/filter.js";

const EVERY_MS = 4000;
const LOOKED_AT_MS = 10 * 60 * 1000; // a page that nobody touches must not keep a session alive
let touched = Date.now();
for (const kind of ["pointerdown", "keydown", "scroll"]) {
  addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
}

// Whoever filters what is refreshed keeps what they type.
function inUse(shown) {
  return shown.contains(document.activeElement) || [...shown.querySelectorAll("input[type=search]")].some((field) => field.value);
}

async function refresh() {
  const shown = document.getElementById("progress");
  if (!shown || shown.dataset.running !== "yes") return;
  if (document.visibilityState === "visible" && Date.now() - touched < LOOKED_AT_MS && !inUse(shown)) {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, redirect: "manual" }).catch(() => null);
    if (answer && !answer.ok) return; // a line that drops is tried again, a session that is over is not
    const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    const fresh = page?.getElementById("progress");
    if (fresh && fresh.dataset.running !== "yes") {
      location.reload();
      return;
    }
    if (fresh && !inUse(shown)) {
      shown.replaceChildren(...fresh.childNodes);
      filterLists(shown);
    }
  }
  setTimeout(refresh, EVERY_MS);
}

setTimeout(refresh, EVERY_MS);
