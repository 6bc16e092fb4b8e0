// Takes the probe with the device's camera, for those who stand before what they photograph. Nothing is recorded:
// one still becomes the chosen file, and the camera is let go at once.
const form = document.querySelector("[data-upload]");
const start = form?.querySelector("[data-camera-start]");

if (start && navigator.mediaDevices?.getUserMedia) {
  const panel = form.querySelector("[data-camera]");
  const view = panel.querySelector("video");
  const take = panel.querySelector("[data-camera-take]");
  const stop = panel.querySelector("[data-camera-stop]");
  const said = form.querySelector("[data-said]");
  const field = form.querySelector("input[type=file]");
  let stream = null;

  const end = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    view.srcObject = null;
    panel.hidden = true;
    start.hidden = false;
  };

  start.hidden = false;
  start.addEventListener("click", async () => {
    try {
      const wanted = { facingMode: "environment", width: { ideal: 1920 } };
      stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    } catch (problem) {
      said.textContent =
        problem.name === "NotAllowedError"
          ? "The camera may not be used here. Allow it in the browser’s settings for this site, or choose a file."
          : "No camera answers. Choose a file instead.";
      said.classList.add("bad");
      return;
    }
    said.textContent = "";
    view.srcObject = stream;
    panel.hidden = false;
    start.hidden = true;
    await view.play();
    take.focus();
  });
  take.addEventListener("click", () => {
    const still = document.createElement("canvas");
    still.width = view.videoWidth;
    still.height = view.videoHeight;
    still.getContext("2d").drawImage(view, 0, 0);
    end();
    still.toBlob(
      (content) => {
        const chosen = new DataTransfer();
        chosen.items.add(new File([content], "camera.jpg", { type: "image/jpeg" }));
        field.files = chosen.files;
        field.dispatchEvent(new Event("change"));
      },
      "image/jpeg",
      0.95,
    );
  });
  stop.addEventListener("click", end);
  window.addEventListener("pagehide", end);
}
