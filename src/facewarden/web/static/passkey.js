// Asks the device for a passkey and sends its answer with the form. Without it a one-time code does.
const form = document.querySelector("[data-passkey]");

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

const ask = {
  create: async (asked) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...asked,
        challenge: bytes(asked.challenge),
        user: { ...asked.user, id: bytes(asked.user.id) },
        excludeCredentials: known(asked.excludeCredentials),
      },
    });
    return [made, { attestationObject: text(made.response.attestationObject) }];
  },
  get: async (asked) => {
    const made = await navigator.credentials.get({
      publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: known(asked.allowCredentials) },
    });
    const { authenticatorData, signature } = made.response;
    return [made, { authenticatorData: text(authenticatorData), signature: text(signature) }];
  },
};

const problems = {
  InvalidStateError: "This device has a passkey for this account already.",
  NotAllowedError: "Nothing came from the device: the question was closed, ran out, or the device has no passkey for it.",
  SecurityError: "This browser gives no passkey at this address. It needs https, or localhost.",
};

if (form) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button[type=submit]");

  for (const part of form.querySelectorAll("[data-only-script]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-no-script]")) part.hidden = true;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    said.textContent = "Follow what your browser or device asks.";
    try {
      if (!window.PublicKeyCredential) throw new DOMException("", "SecurityError");
      const [made, response] = await ask[form.dataset.passkey](JSON.parse(form.dataset.options));
      const answer = { id: made.id, rawId: text(made.rawId), type: made.type, response };
      answer.response.clientDataJSON = text(made.response.clientDataJSON);
      form.elements.answer.value = JSON.stringify(answer);
      form.submit();
    } catch (problem) {
      said.textContent = `${problems[problem.name] ?? "The passkey could not be used."} Try again.`;
      button.removeAttribute("aria-busy");
    }
  });
}
