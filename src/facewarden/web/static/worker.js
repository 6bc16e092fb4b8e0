// Keeps stylesheets and scripts, and says in a sentence that the connection is lost. Never keeps a page, a picture or
// anything else that says something about somebody: whatever is not below /static/ goes through untouched.
const KEPT = "facewarden-static-3";
const OFFLINE = "/static/offline.html";
const FIRST = [OFFLINE, "/static/tokens.css", "/static/frame.css", "/static/fields.css", "/static/parts.css", "/static/mark.svg"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FIRST)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

const fresh = async (request) => {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok) await kept.put(request, answer.clone());
    return answer;
  } catch (problem) {
    const known = await kept.match(request);
    if (known) return known;
    throw problem;
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (address.origin !== self.location.origin) return;
  if (request.method === "GET" && address.pathname.startsWith("/static/")) event.respondWith(fresh(request));
  else if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
});
