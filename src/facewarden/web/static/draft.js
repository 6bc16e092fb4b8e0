// Keeps what an examiner fills in, on the server, while they work: neither a lost session nor a lost line takes it away.
// Without it the button below the form does the same.
const PAUSE_MS = 10_000; // after a change, so that a sentence is sent once
const form = document.querySelector("[data-draft]");

if (form) {
  const told = form.querySelector("[data-kept]");
  let waiting = 0;
  let done = false;

  const keep = async () => {
    waiting = 0;
    const filled = new URLSearchParams(new FormData(form));
    filled.set("quiet", "1");
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: filled, redirect: "manual" });
      if (answer.status !== 204) throw new Error("not kept");
      told.textContent = `Kept at ${new Date().toISOString().slice(11, 16)} UTC. It binds you to nothing.`;
      document.dispatchEvent(new Event("session-used"));
    } catch {
      if (!done) told.textContent = "Not kept: the connection is lost, or you are signed out. Your work is still on this page.";
    }
  };

  form.addEventListener("input", (event) => {
    if (event.target.name && !waiting) waiting = setTimeout(keep, PAUSE_MS);
  });
  form.addEventListener("submit", () => {
    done = true;
    clearTimeout(waiting);
  });
}
