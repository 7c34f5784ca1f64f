/* The state diagram: each state is a group whose id is "state_" and its name, with _ for -. Both ends' states are lit and carry a
 * tag with the end's name (one above, one below: colour is not needed), and are always in sight. */
const GAP = 8, TAG = 14; /* around what must be seen; the letters of a tag; pixels */

function stateGroup(name) { return name && by("diagram").querySelector("#" + CSS.escape("state_" + name.replace(/-/g, "_"))); }

function showDiagram() {
  const picture = by("diagram-" + language) || by("diagram-en");
  by("diagram-section").hidden = picture === null;
  if (picture) by("diagram").replaceChildren(picture.content.cloneNode(true));
}

/* Above the state or below it, in the picture's own units; |size| of the letters. */
function stateTag(state, side, text, size) {
  const box = state.querySelector("path, polygon, ellipse, rect").getBBox();
  const group = svg("g", {class: "tag tag-" + side}), label = svg("text", {"text-anchor": "middle", "font-size": size}, text);
  const y = side === "a" ? box.y - 0.6 * size : box.y + box.height + 1.4 * size;
  label.setAttribute("x", box.x + box.width / 2);
  label.setAttribute("y", y);
  state.parentNode.append(group);
  group.append(label);
  const wide = label.getBBox();
  group.prepend(svg("rect", {x: wide.x - 0.4 * size, y: wide.y - 0.1 * size, width: wide.width + 0.8 * size, height: wide.height + 0.2 * size,
    rx: side === "a" ? wide.height / 2 : 0}));
  return group;
}

function union(rectangles) {
  return {
    left: Math.min(...rectangles.map((r) => r.left)), right: Math.max(...rectangles.map((r) => r.right)),
    top: Math.min(...rectangles.map((r) => r.top)), bottom: Math.max(...rectangles.map((r) => r.bottom)),
  };
}

/* As large as it was drawn when both states with their tags then fit, smaller otherwise, or all of it. Returns the scale. */
function scaleDiagram(states, texts) {
  const box = by("diagram"), picture = box.querySelector("svg"), wide = picture.viewBox.baseVal.width;
  picture.style.width = wide + "px";
  const seen = union(states.map((state) => state.getBoundingClientRect()));
  const tag = Math.max(...texts.map((text) => text.length)) * 0.75 * TAG;
  let scale = Math.min(1, (box.clientWidth - tag - 2 * GAP) / (seen.right - seen.left), (box.clientHeight - 4 * TAG - 2 * GAP) / (seen.bottom - seen.top));
  if (by("whole").checked) scale = Math.min(1, box.clientWidth / wide);
  picture.style.width = wide * scale + "px";
  return scale;
}

function bringStatesIntoSight(elements) {
  const box = by("diagram"), frame = box.getBoundingClientRect();
  const seen = union(elements.map((element) => element.getBoundingClientRect()));
  box.scrollLeft += (seen.left + seen.right) / 2 - (frame.left + box.clientLeft + box.clientWidth / 2);
  box.scrollTop += (seen.top + seen.bottom) / 2 - (frame.top + box.clientTop + box.clientHeight / 2);
}

function showLit(row) {
  const box = by("diagram");
  if (by("diagram-section").hidden) return;
  for (const element of box.querySelectorAll(".lit-a, .lit-b")) element.classList.remove("lit-a", "lit-b");
  for (const element of box.querySelectorAll(".tag")) element.remove();
  by("lit").textContent = row ? SIDES.map((side) => `${endName(story, row, side)}: ${row.tcb[side].state || t("unknown")}`).join(" · ") : "";
  const lit = row ? SIDES.map((side) => [side, stateGroup(row.tcb[side].state)]).filter(([side, state]) => state) : [];
  if (!lit.length) return;
  const size = TAG / scaleDiagram(lit.map(([side, state]) => state), SIDES.map((side) => endName(story, row, side)));
  const tags = lit.map(([side, state]) => {
    state.classList.add("lit-" + side);
    return stateTag(state, side, endName(story, row, side), size);
  });
  bringStatesIntoSight([...lit.map(([side, state]) => state), ...tags]);
}

function watchDiagram() {
  by("whole").addEventListener("change", () => {
    by("diagram").classList.toggle("all", by("whole").checked);
    showLit(shown[cursor]);
  });
}
