// Zooms each probe and the face beside it together: around the point under the mouse, pulled by a finger, or moved by the
// arrow keys.
// Without it both are shown whole.
const STEP = 5;

for (const pair of document.querySelectorAll("[data-compare]")) {
  const control = pair.querySelector("[data-only-script]");
  const zoom = control.querySelector("input");
  const pictures = [...pair.querySelectorAll(".compare-frame svg")];
  const at = { "--at-x": 50, "--at-y": 50 };

  const apply = (name, value) => {
    for (const picture of pictures) picture.style.setProperty(name, value);
  };
  const move = (name, share) => {
    at[name] = Math.min(Math.max(share, 0), 100);
    apply(name, `${at[name]}%`);
  };

  control.hidden = false;
  zoom.addEventListener("input", () => {
    apply("--zoom", zoom.value);
    pair.classList.toggle("zoomed", zoom.value > 1); // then a finger moves the pictures, not the page
  });
  for (const picture of pictures) {
    const frame = picture.parentElement;
    frame.tabIndex = 0;
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", `${picture.getAttribute("aria-label")}: arrow keys move the enlarged part`);
    let finger = null;
    frame.addEventListener("pointerdown", (event) => {
      finger = event.pointerType === "mouse" ? null : event;
    });
    frame.addEventListener("pointermove", (event) => {
      const place = frame.getBoundingClientRect();
      if (event.pointerType === "mouse") {
        move("--at-x", ((event.clientX - place.left) / place.width) * 100);
        move("--at-y", ((event.clientY - place.top) / place.height) * 100);
      } else if (finger?.pointerId === event.pointerId && zoom.value > 1) {
        const pull = 100 / (zoom.value - 1);
        move("--at-x", at["--at-x"] - ((event.clientX - finger.clientX) / place.width) * pull);
        move("--at-y", at["--at-y"] - ((event.clientY - finger.clientY) / place.height) * pull);
        finger = event;
      }
    });
    frame.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: ["--at-x", -1], ArrowRight: ["--at-x", 1], ArrowUp: ["--at-y", -1], ArrowDown: ["--at-y", 1] };
      const step = steps[event.key];
      if (!step) return;
      event.preventDefault();
      move(step[0], at[step[0]] + step[1] * STEP);
    });
  }
}
