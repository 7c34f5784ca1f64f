/* Both control blocks after the chosen row; what the row changed is marked. */
function relative(number, side, row) {
  const base = story.connections[row.conn][side].base;
  return absolute || base === undefined ? String(number) : String((number - base) >>> 0);
}

function bytes(number) { return say(t("{1} bytes"), number); }
/* A receiver is seen as it is after the arrival. */
function timers(tcb, side, row) {
  const now = side !== row.side && row.arrived !== undefined ? row.arrived : row.at;
  if (!tcb.timers) return undefined;
  const running = Object.entries(tcb.timers);
  return running.length ? running.map(([name, at]) => say(t("{1}: in {2}"), t(name), span(Math.max(0, at - now)))).join("; ") : t("none runs");
}

/* Each line: its name, and its value of a side's block. */
function tcbLines() {
  const mine = (key) => (tcb, side, row) => (tcb[key] === undefined ? undefined : relative(tcb[key], side, row));
  const theirs = (key) => (tcb, side, row) => (tcb[key] === undefined ? undefined : relative(tcb[key], other(side), row));
  const plain = (key, show) => (tcb) => (tcb[key] === undefined ? undefined : show(tcb[key]));
  const limitless = (n) => (n === 4294967295 ? t("none yet") : bytes(n));
  return [
    [t("State"), (tcb) => tcb.state && (tcb.inferred ? say(t("{1} (inferred)"), tcb.state) : tcb.state)],
    ["ISS", plain("iss", String)], ["SND.UNA", mine("snd_una")], ["SND.NXT", mine("snd_nxt")], ["SND.WND", plain("snd_wnd", bytes)],
    ["IRS", plain("irs", String)], ["RCV.NXT", theirs("rcv_nxt")], ["RCV.WND", plain("rcv_wnd", bytes)],
    [t("In flight"), plain("flight", bytes)], ["cwnd", plain("cwnd", bytes)], ["ssthresh", plain("ssthresh", limitless)],
    ["SRTT", plain("srtt", (ns) => (ns ? span(ns) : t("not measured yet")))], ["RTO", plain("rto", span)],
    [t("Send queue"), plain("send_queue", bytes)], [t("Receive queue"), plain("receive_queue", bytes)], [t("Out of order"), plain("ooo_queue", bytes)],
    [t("Timers"), timers],
    [t("Half-open queue"), plain("half_n", String)], [t("Accept queue"), plain("accept_n", String)], ["backlog", plain("backlog", String)],
  ];
}

function tcbTable(row, lines) {
  const head = [t("Field"), ...SIDES.map((side) => endTitle(story, row, side))].map((text) => make("th", {scope: "col"}, text));
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...lines));
}

function showTcb(row) {
  if (!row) {
    by("tcb").replaceChildren();
    return;
  }
  const lines = [];
  for (const [name, value] of tcbLines()) {
    const now = SIDES.map((side) => value(row.tcb[side], side, row));
    if (now.every((text) => text === undefined)) continue;
    const before = SIDES.map((side) => value(row.before[side], side, row));
    lines.push(make("tr", {}, make("th", {scope: "row"}, name), ...now.map((text, i) =>
      make("td", text !== undefined && text !== before[i] ? {class: "changed"} : {}, text === undefined ? "–" : text))));
  }
  by("tcb").replaceChildren(tcbTable(row, lines));
}
