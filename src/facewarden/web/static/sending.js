// Shows how far the sending of large files is. Without it the form sends them by itself.
addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-send]") || form.dataset.sending) return;
  event.preventDefault();
  form.dataset.sending = "yes";
  const button = form.querySelector("button[type=submit]");
  const far = form.querySelector("[data-far]");
  const said = form.querySelector("[data-sent]");
  const bar = far.querySelector("progress");
  const ended = (sentence) => {
    delete form.dataset.sending;
    button.disabled = false;
    far.hidden = true;
    said.textContent = sentence;
  };

  const sending = new XMLHttpRequest();
  sending.open("POST", form.action);
  sending.setRequestHeader("Accept", "text/html");
  sending.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.max = total;
    bar.value = loaded;
    if (loaded === total) bar.removeAttribute("value"); // all is sent: now it is looked at
  });
  sending.addEventListener("error", () => ended("The connection was lost. Nothing was taken in: send them again."));
  sending.addEventListener("load", () => {
    if (sending.responseURL !== form.action) {
      location.assign(sending.responseURL);
      return;
    }
    const answer = new DOMParser().parseFromString(sending.responseText, "text/html").querySelector("main");
    document.querySelector("main").replaceWith(answer);
    scrollTo(0, 0);
  });
  far.hidden = false;
  said.textContent = "";
  button.disabled = true;
  sending.send(new FormData(form));
});
// Back in the browser's history: the form as it was.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
