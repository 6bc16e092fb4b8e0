// Ties the outlines on the picture to the list of faces, so that either picks. Without it the outlines are links.
const form = document.querySelector("[data-pick]");

if (form) {
  const outlines = [...form.querySelectorAll("[data-face]")];
  const choices = [...form.querySelectorAll("input[name=face]")];
  const list = form.querySelector("[data-faces]");
  const named = form.querySelector("[data-picked]");
  const button = form.querySelector("button[type=submit]");
  const idle = button.innerHTML;

  const follow = () => {
    const picked = choices.find((choice) => choice.checked)?.value;
    for (const outline of outlines) outline.classList.toggle("picked", outline.dataset.face === picked);
    if (named) named.textContent = picked;
    const card = choices.find((choice) => choice.checked)?.closest(".face");
    if (card && list.scrollHeight > list.clientHeight) {
      const above = card.offsetTop - list.offsetTop;
      const below = above + card.offsetHeight - list.clientHeight;
      list.scrollTop = Math.min(Math.max(list.scrollTop, below), above);
    }
  };

  for (const outline of outlines) {
    outline.addEventListener("click", (event) => {
      event.preventDefault();
      const choice = choices.find((other) => other.value === outline.dataset.face);
      choice.checked = true;
      choice.focus({ preventScroll: true });
      follow();
    });
  }
  for (const choice of choices) choice.addEventListener("change", follow);
  form.addEventListener("submit", () => {
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.busy;
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) button.innerHTML = idle;
    button.removeAttribute("aria-busy");
    follow();
  });
}
