// Filters the rows of a list while somebody types. Without it the form asks the server.
export function filterLists(root) {
  for (const form of root.querySelectorAll("[data-filter]")) {
    // A page with several lists has each in a section of its own, with its filter.
    const place = form.closest("section") ?? document;
    const table = place.querySelector("[data-rows]");
    const none = place.querySelector("[data-none]");
    if (!table || !none) continue;

    const field = form.querySelector("input[type=search]");
    // Rows that the server left out are not on this page: then only the server can answer.
    const complete = field.value.trim() === "";
    const rows = [...(table.tBodies?.[0].rows ?? table.children)].map((row) => [row, row.textContent.toLowerCase()]);

    const filter = () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const [row, text] of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      none.hidden = shown > 0;
    };

    if (complete) {
      form.querySelector("button").hidden = true;
      field.addEventListener("input", filter);
      form.addEventListener("submit", (event) => event.preventDefault());
    }
  }
}

filterLists(document);
