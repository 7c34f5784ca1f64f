"use strict";
// The search of the contents: rows whose words do not hold all that is typed are hidden. Without scripts it is not shown.
{
  const form = document.getElementById("search"), word = document.getElementById("word"), found = document.getElementById("found");
  const rows = [...document.querySelectorAll("[data-find]")].map((row) => ({ row, text: row.dataset.find.toLowerCase() }));
  // "SYN_RECV" is "syn-recv": as the command reads names.
  const bare = (text) => text.replace(/[-_]/g, "");
  const search = () => {
    const wanted = word.value.toLowerCase().split(/\s+/).filter((part) => part !== "");
    let n = 0;
    for (const { row, text } of rows) {
      row.hidden = !wanted.every((part) => text.includes(part) || bare(text).includes(bare(part)));
      if (!row.hidden) n++;
    }
    for (const section of document.querySelectorAll("section")) section.hidden = section.querySelector("li:not([hidden])") === null;
    found.value = wanted.length > 0 ? String(n) : "";
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  word.addEventListener("input", search);
  search();
}
