// Tables that people sort by a column: the rows that are shown, as an order of all would have to read all.

import { announce, h } from "./dom.js";

// Makes the heads of a table sort it. Returns a function that puts rows into the order that was chosen.
export function sorting(table) {
  let [chosen, direction] = [null, 1];
  const body = table.querySelector("tbody");
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
    const sort = () => {
      direction = chosen === index ? -direction : 1;
      chosen = index;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      body.append(...sorted([...body.rows]));
      announce(`this page is sorted by ${name}`);
    };
    head.replaceChildren(h("button", { type: "button", click: sort, title: "sorts the rows of this page" }, name));
  });
  return sorted;
}
