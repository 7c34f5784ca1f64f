/* The sequence space of each direction: what is acknowledged, in flight, still allowed by the window; where the receiver is; and
 * the chosen segment. The parts stay and move, so that the eye can follow. */
const LINE = 74;
let wide = 600; /* as many units as pixels, so that letters keep their size */
const spaces = {};

function mark(group, name) {
  const g = svg("g", {class: "mark"});
  g.append(svg("line", {class: "r-tick", y1: -4, y2: 22}), svg("text", {y: -7}, name));
  group.append(g);
  return g;
}

function makeSpace(side) {
  const picture = svg("svg", {role: "img"});
  const all = svg("g", {transform: "translate(0 24)"});
  const part = {picture};
  for (const name of ["acked", "flight", "usable"]) all.append(part[name] = svg("rect", {class: "r-" + name, y: 0, height: 18}));
  all.append(part.axis = svg("line", {class: "axis", x1: 0, y1: 18, y2: 18}));
  all.append(part.block = svg("rect", {class: "r-block", y: -2, height: 22}));
  part.una = mark(all, "UNA");
  part.nxt = mark(all, "NXT");
  part.edge = mark(all, "UNA+WND");
  all.append(part.received = svg("rect", {class: "r-acked", y: 26, height: 10}), part.window = svg("rect", {class: "r-usable", y: 26, height: 10}));
  all.append(part.rcv = svg("text", {y: 50}));
  picture.append(all);
  spaces[side] = part;
  return picture;
}

function place(rect, view, from, to) {
  const at = (n) => Math.max(-2, Math.min(wide + 2, ((n - view.from) / (view.to - view.from)) * wide));
  rect.setAttribute("x", at(from));
  rect.setAttribute("width", Math.max(0, at(to) - at(from)));
  return at(from);
}
/* The name stands on that side of its tick where there is room; |after| is where it may begin. Returns where it ends. */
function placeMark(g, view, n, left, after) {
  const x = ((n - view.from) / (view.to - view.from)) * wide, long = g.lastChild.textContent.length * 7;
  const leftward = (left && x - long > after) || x + long > wide;
  const from = leftward ? x - long : Math.max(x, after);
  g.style.transform = `translate(${x.toFixed(1)}px,0)`;
  g.lastChild.setAttribute("x", from - x);
  return from + long + 4;
}

/* Numbers count from the initial one, so that the picture does not wrap for the first 4 GiB. */
function showDirection(row, side) {
  const part = spaces[side], tcb = row.tcb[side], peer = row.tcb[other(side)];
  const has = tcb.snd_una !== undefined && tcb.snd_nxt !== undefined;
  part.picture.parentNode.hidden = !has;
  if (!has) return;
  const base = story.connections[row.conn][side].base === undefined ? tcb.snd_una : story.connections[row.conn][side].base;
  const n = (x) => (x - base) >>> 0;
  const una = n(tcb.snd_una), nxt = Math.max(n(tcb.snd_nxt), una), wnd = tcb.snd_wnd || 0, edge = una + wnd;
  const far = Math.max(nxt, Math.min(edge, nxt + Math.max(4000, 3 * (nxt - una))));
  const view = {from: Math.max(0, una - (far - una) * 0.35 - 50), to: far + (far - una) * 0.1 + 50};
  place(part.acked, view, 0, una);
  place(part.flight, view, una, nxt);
  place(part.usable, view, nxt, Math.max(nxt, edge));
  const end = placeMark(part.nxt, view, nxt, false, placeMark(part.una, view, una, true, 0));
  placeMark(part.edge, view, edge, false, end);
  part.edge.style.display = tcb.snd_wnd === undefined || edge > view.to || edge - una < (view.to - view.from) * 0.15 ? "none" : "";
  const ours = row.segment && row.side === side && !row.forged;
  part.block.style.display = ours ? "" : "none";
  if (ours) {
    const s = row.segment, length = s.len + s.flags.includes("SYN") + s.flags.includes("FIN");
    place(part.block, view, n(s.seq), n(s.seq) + Math.max(length, (view.to - view.from) / 200));
  }
  const knows = peer.rcv_nxt !== undefined;
  for (const rect of [part.received, part.window]) rect.style.display = knows ? "" : "none";
  part.rcv.textContent = "";
  if (knows) {
    const next = n(peer.rcv_nxt);
    place(part.received, view, 0, next);
    const x = place(part.window, view, next, next + (peer.rcv_wnd || 0));
    part.rcv.textContent = `RCV.NXT ${relative(peer.rcv_nxt, side, row)}` + (peer.rcv_wnd === undefined ? "" : `  RCV.WND ${peer.rcv_wnd}`);
    part.rcv.setAttribute("text-anchor", x > wide / 2 ? "end" : "start");
    part.rcv.setAttribute("x", Math.max(0, Math.min(wide, x)));
  }
  const text = say(t("{1} sends: SND.UNA {2}, SND.NXT {3}, SND.WND {4}, in flight {5}"), endName(story, row, side), relative(tcb.snd_una, side, row),
    relative(tcb.snd_nxt, side, row), tcb.snd_wnd === undefined ? "?" : tcb.snd_wnd, nxt - una);
  part.picture.setAttribute("aria-label", text);
  part.picture.previousSibling.textContent = text;
}

function showSpace(row) {
  if (!spaces.a) {
    for (const side of SIDES) by("space").append(make("div", {}, make("p", {class: "small"}), makeSpace(side)));
    by("space").append(make("p", {class: "small", id: "space-key"}));
  }
  const key = (name, text) => [make("span", {class: "key " + name, "aria-hidden": "true"}), text];
  by("space-key").replaceChildren(...key("acked", t("acknowledged, received")), ...key("flight", t("in flight")), ...key("usable", t("may be sent, may come")),
    ...key("block", t("this segment")));
  by("space").hidden = !row;
  wide = Math.max(240, by("space").clientWidth);
  for (const side of SIDES) {
    spaces[side].picture.setAttribute("viewBox", `0 0 ${wide} ${LINE + 22}`);
    spaces[side].axis.setAttribute("x2", wide);
  }
  if (row) for (const side of SIDES) showDirection(row, side);
}
