// Zooms the probe and the candidate together, around the point under the pointer. Without it both are shown whole.
const pair = document.querySelector("[data-compare]");

if (pair) {
  const control = pair.querySelector("[data-only-script]");
  const zoom = control.querySelector("input");
  const pictures = [...pair.querySelectorAll(".compare-frame svg")];

  const apply = (name, value) => {
    for (const picture of pictures) picture.style.setProperty(name, value);
  };

  control.hidden = false;
  zoom.addEventListener("input", () => apply("--zoom", zoom.value));
  for (const picture of pictures) {
    picture.parentElement.addEventListener("pointermove", (event) => {
      const frame = picture.parentElement.getBoundingClientRect();
      apply("--at-x", `${((event.clientX - frame.left) / frame.width) * 100}%`);
      apply("--at-y", `${((event.clientY - frame.top) / frame.height) * 100}%`);
    });
  }
}
