/* Why the chosen row is there, what it did, and what was found. */
function ruleLine(table, name) {
  const rule = entry(table, name);
  if (!rule) return name;
  const from = rule.doc === "tern" ? say(t("tern's own policy, {1}"), rule.section) : say(t("{1}, section {2}"), rule.doc, rule.section);
  return [t(rule.text), " ", make("span", {class: "small"}, `(${from}; ${name})`)];
}

function whyItem(list, head, ...text) {
  if (text.flat().some((part) => part)) list.append(make("dt", {}, head), make("dd", {}, ...text.flat()));
}

function noteLine(row, note) {
  const who = endName(story, row, note.side);
  const source = note.doc ? make("span", {class: "small"}, ` (${note.doc} ${note.section || ""})`) : "";
  if (note.finding) return make("li", {class: note.severity}, say(t("{1}: {2}"), note.finding, noteText(note)), source);
  const reason = entry(words.rules, note.rule) ? [" – ", ...[ruleLine(words.rules, note.rule)].flat()] : [];
  return make("li", {}, note.text ? say(t("{1}: {2}"), who, t(note.text)) : who + ":", ...reason);
}

function showWhy(row) {
  const box = by("why");
  if (!row) {
    box.replaceChildren(make("p", {}, t("Nothing is shown.")));
    return;
  }
  const list = make("dl");
  whyItem(list, row.kind === "segment" ? say(t("{1} sends"), endName(story, row, row.side)) : endName(story, row, row.side), rowText(row));
  if (row.rule) whyItem(list, t("Why"), ruleLine(words.rules, row.rule));
  if (row.arithmetic) whyItem(list, t("Arithmetic"), t(row.arithmetic));
  if (row.rule_in) whyItem(list, t("What it did to the receiver"), ruleLine(words.rules, row.rule_in));
  if (row.drop) whyItem(list, t("Why it was refused"), ruleLine(words.drops, row.drop));
  whyItem(list, t("What became of it"), fateText(row));
  if (row.arrived > row.at) whyItem(list, t("On its way"), span(row.arrived - row.at));
  if (row.n) whyItem(list, t("Packet of the capture"), String(row.n));
  const found = findings(row), notes = (row.notes || []).filter((note) => !note.finding);
  const part = (head, items) => (items.length ? [make("h3", {}, head), make("ul", {}, ...items.map((note) => noteLine(row, note)))] : []);
  box.replaceChildren(list, ...part(t("Findings"), found), ...part(t("What else happened"), notes));
}
