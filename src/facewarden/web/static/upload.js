// Lets a photo be dropped or pasted, shows it before it is sent, and says so when it cannot be used.
const LIMIT_BYTES = 40 * 1024 * 1024;
const KINDS = ["image/jpeg", "image/png", "image/webp"];

const form = document.querySelector("[data-upload]");

if (form) {
  const zone = form.querySelector("[data-zone]");
  const field = form.querySelector("input[type=file]");
  const preview = form.querySelector("[data-preview]");
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button[type=submit]");
  const idle = button.textContent;
  const sensitive = form.querySelector("[data-sensitive]"); // its picture is shown nowhere, not even here

  for (const part of form.querySelectorAll("[data-only-script]")) part.hidden = false;

  const say = (text, bad) => {
    said.textContent = text;
    said.classList.toggle("bad", bad);
  };

  const show = () => {
    if (preview.src) URL.revokeObjectURL(preview.src);
    preview.removeAttribute("src");
    preview.hidden = true;
    const file = field.files[0];
    if (!file) return say("", false);
    if (!KINDS.includes(file.type)) {
      field.value = "";
      return say("That is no JPEG, PNG or WebP photo. Choose another file.", true);
    }
    if (file.size > LIMIT_BYTES) {
      field.value = "";
      return say("That file is larger than 40 MB. Export it as JPEG, or crop it around the face.", true);
    }
    if (!sensitive?.checked) {
      preview.src = URL.createObjectURL(file);
      preview.hidden = false;
    }
    const size = file.size < 1e6 ? `${Math.ceil(file.size / 1e3)} kB` : `${(file.size / 1e6).toFixed(1)} MB`;
    return say(`Ready: ${file.name || "pasted photo"}, ${size}`, false);
  };

  const take = (files) => {
    const photo = [...files].find((file) => file.type.startsWith("image/")) ?? files[0];
    if (!photo) return;
    const chosen = new DataTransfer();
    chosen.items.add(photo);
    field.files = chosen.files;
    show();
    button.focus();
  };

  field.addEventListener("change", show);
  sensitive?.addEventListener("change", show);
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) {
      event.preventDefault();
      take(event.clipboardData.files);
    }
  });
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer?.files.length) take(event.dataTransfer.files);
  });
  form.addEventListener("submit", () => {
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.busy;
  });
  // Back in the browser's history: the page as it was, not busy any more.
  window.addEventListener("pageshow", () => {
    button.removeAttribute("aria-busy");
    button.textContent = idle;
    show();
  });
}
