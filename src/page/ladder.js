/* The ladder: only the rows that can be seen are in the document, so that any number of them scrolls. */
const ROW = 48;
const drawn = new Map(); /* index in shown: element */

function stateCell(row, side) {
  const tcb = row.tcb[side];
  return make("span", {class: "state s-" + (tcb.state || "unknown") + (tcb.inferred ? " inferred" : "")}, tcb.state || "·");
}

function severity(row) {
  const found = findings(row).map((note) => note.severity);
  return found.includes("error") ? "error" : found.includes("warning") ? "warning" : found.length ? "info" : "";
}

/* Line two: what is wrong goes before the reason. */
function underText(row) {
  const found = findings(row);
  if (found.length) return make("span", {class: severity(row)}, (severity(row) === "info" ? "" : "⚠ ") + found.map(noteText).join("; "));
  const fate = fateText(row);
  if (fate) return make("span", {class: "error"}, fate);
  return row.kind === "segment" && row.rule ? ruleText(row.rule) : "";
}

function wayCell(row) {
  const classes = ["way", row.side];
  if (row.kind !== "segment") classes.push("none");
  if (row.kind === "mark") classes.push("mark");
  if (row.fate === "lost") classes.push("lost");
  if (row.fate === "refused" || row.fate === "lost") classes.push("bad");
  if (row.forged) classes.push("forged");
  const text = rowText(row);
  return make("span", {class: classes.join(" "), title: text}, make("span", {class: "label"}, text), make("span", {class: "line"}),
    make("span", {class: "under"}, underText(row)));
}

function drawRow(row, i) {
  const element = make("div", {
    "class": "row" + (i === cursor ? " chosen" : "") + (matchesText(row) ? " match" : ""), "role": "option", "id": "row" + i,
    "aria-selected": i === cursor, "aria-setsize": shown.length, "aria-posinset": i + 1, "aria-label": sentence(story, row),
  }, make("span", {class: "time"}, time(story, row.at), several() ? make("span", {class: "conn"}, "#" + (row.conn + 1)) : null), stateCell(row, "a"), wayCell(row), stateCell(row, "b"));
  element.style.top = i * ROW + "px";
  element.addEventListener("click", () => go(i));
  return element;
}

/* Rows of several connections stand among each other. */
function several() { return connection < 0 && story.connections.length > 1; }

/* |anew|: nothing that is drawn holds any more. */
function showLadder(anew) {
  const ladder = by("ladder"), rows = by("rows");
  if (anew) {
    for (const element of drawn.values()) element.remove();
    drawn.clear();
    rows.style.height = shown.length * ROW + "px";
    bringIntoSight(ladder);
  }
  const from = Math.max(0, Math.floor(ladder.scrollTop / ROW) - 4);
  const to = Math.min(shown.length, Math.ceil((ladder.scrollTop + ladder.clientHeight) / ROW) + 4);
  for (const [i, element] of drawn) {
    if (i >= from && i < to) continue;
    element.remove();
    drawn.delete(i);
  }
  for (let i = from; i < to; i++) {
    if (drawn.has(i)) continue;
    const element = drawRow(shown[i], i);
    drawn.set(i, element);
    const next = [...rows.children].find((child) => Number(child.id.slice(3)) > i);
    rows.insertBefore(element, next || null);
  }
  if (drawn.has(cursor)) ladder.setAttribute("aria-activedescendant", "row" + cursor);
  else ladder.removeAttribute("aria-activedescendant");
}

function bringIntoSight(ladder) {
  const top = cursor * ROW;
  if (top < ladder.scrollTop + ROW) ladder.scrollTop = top - ROW;
  else if (top > ladder.scrollTop + ladder.clientHeight - 2 * ROW) ladder.scrollTop = top - ladder.clientHeight + 2 * ROW;
}

function showEnds() {
  const conn = connection >= 0 ? connection : 0, known = !several() && story.connections[conn];
  for (const side of SIDES)
    by("name-" + side).textContent = known ? endTitle(story, {conn}, side) : side === "a" ? t("opener") : t("other end");
}

/* ---- paper ---- */

const PAPER_MAX = 500;

/* On paper stand the rows around the cursor, as many as a reader would turn over. */
function fillPaper() {
  const from = Math.max(0, Math.min(cursor - PAPER_MAX / 2, shown.length - PAPER_MAX));
  const rows = shown.slice(from, from + PAPER_MAX);
  const paper = by("paper");
  const head = make("div", {class: "columns"}, make("span", {}, t("Time")), make("span", {}, by("name-a").textContent), make("span"),
    make("span", {}, by("name-b").textContent));
  const less = rows.length < shown.length ? make("p", {}, say(t("Rows {1} to {2} of {3}"), from + 1, from + rows.length, shown.length)) : null;
  paper.replaceChildren(make("h2", {}, t("Segments and states")), head, ...rows.map((row, i) => {
    const element = drawRow(row, from + i);
    element.removeAttribute("id");
    element.removeAttribute("style");
    element.removeAttribute("role");
    return element;
  }));
  if (less) paper.append(less);
}
