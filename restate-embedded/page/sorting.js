// Tables that people sort by a column: the rows that are shown, as an order of all would have to read all, unless
// the engine keeps them in that order.

import { announce, h } from "./dom.js";

// Makes the heads of a table sort it; `whole` has, by their names, those that sort the whole list: `direction`, in
// which it is now, and `sort`, which reverses it. Returns a function that puts rows into the order that was chosen.
export function sorting(table, whole = {}) {
  let [chosen, direction] = [null, 1];
  const [body, caption] = ["tbody", "caption"].map((name) => table.querySelector(name));
  const subject = caption.textContent;
  const heads = [...table.querySelectorAll("th")];
  const value = (row) => {
    const cell = row.cells[chosen];
    return cell.querySelector("time")?.dateTime ?? cell.textContent;
  };
  const sorted = (rows) => (chosen === null ? rows : rows.toSorted((a, b) => direction * value(a).localeCompare(value(b), "en", { numeric: true })));
  heads.forEach((head, index) => {
    const name = head.textContent;
    // Boxes have no order.
    if (head.querySelector(".hidden")) return;
    if (whole[name]) {
      const { direction, sort } = whole[name];
      head.setAttribute("aria-sort", direction);
      head.replaceChildren(h("button", { type: "button", click: sort, title: "sorts the whole list" }, name));
      return;
    }
    const sort = () => {
      direction = chosen === index ? -direction : 1;
      chosen = index;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      body.append(...sorted([...body.rows]));
      // Nobody may take the first row for the first of all.
      caption.classList.remove("hidden");
      caption.textContent = `${subject} of this page, sorted by ${name}. Other pages are not sorted with them.`;
      announce(`this page is sorted by ${name}`);
    };
    head.replaceChildren(h("button", { type: "button", click: sort, title: "sorts the rows of this page" }, name));
  });
  return sorted;
}
