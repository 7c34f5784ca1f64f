/* The header of the chosen segment: each byte in the colour of its field, each field with what it says. */
function decode(row) {
  const octets = (row.head.match(/../g) || []).map((pair) => parseInt(pair, 16));
  const fields = [];
  const number = (at, n) => octets.slice(at, at + n).reduce((sum, octet) => sum * 256 + octet, 0);
  /* A field that is cut off is left away. */
  const field = (at, n, name, text) => {
    if (n > 0 && at + n <= octets.length) fields.push({at, n, name, text: text === undefined ? String(number(at, n)) : String(text)});
  };
  const start = row.ip_at || 0;
  if (start) field(0, start, t("Link header"), t("of the capture"));
  const tcp = octets[start] >> 4 === 6 ? decode6(octets, start, field, number) : decode4(octets, start, field, number);
  if (tcp > 0) decodeTcp(octets, tcp, field, number);
  return {octets, fields};
}

function dotted(octets, at) { return octets.slice(at, at + 4).join("."); }
function coloned(octets, at) {
  const groups = [];
  for (let i = at; i < at + 16; i += 2) groups.push((octets[i] * 256 + octets[i + 1]).toString(16));
  return groups.join(":").replace(/\b(?:0:)+0\b/, ":").replace(/:{3,}/, "::");
}

/* Both return where TCP begins; 0: not here. */
function decode4(octets, at, field, number) {
  const length = (octets[at] & 15) * 4, part = number(at + 6, 2);
  field(at, 1, t("IP version and header length"), say(t("4; {1} bytes"), length));
  field(at + 1, 1, "DSCP, ECN", `${octets[at + 1] >> 2}, ${octets[at + 1] & 3}`);
  field(at + 2, 2, t("Total length"));
  field(at + 4, 2, t("Identification"));
  field(at + 6, 2, t("Flags and fragment offset"), `${part & 0x4000 ? "DF" : part & 0x2000 ? "MF" : "-"}, ${(part & 8191) * 8}`);
  field(at + 8, 1, "TTL");
  field(at + 9, 1, t("Protocol"), octets[at + 9] === 6 ? "6: TCP" : octets[at + 9]);
  field(at + 10, 2, t("Header checksum"), "0x" + number(at + 10, 2).toString(16).padStart(4, "0"));
  field(at + 12, 4, t("Source address"), dotted(octets, at + 12));
  field(at + 16, 4, t("Destination address"), dotted(octets, at + 16));
  field(at + 20, length - 20, t("IP options"), "");
  return octets[at + 9] === 6 ? at + length : 0;
}

function decode6(octets, at, field, number) {
  field(at, 4, t("Version, traffic class, flow label"), `6, ${(number(at, 2) >> 4) & 255}, ${number(at, 4) & 0xfffff}`);
  field(at + 4, 2, t("Payload length"));
  field(at + 6, 1, t("Next header"), octets[at + 6] === 6 ? "6: TCP" : octets[at + 6]);
  field(at + 7, 1, t("Hop limit"));
  field(at + 8, 16, t("Source address"), coloned(octets, at + 8));
  field(at + 24, 16, t("Destination address"), coloned(octets, at + 24));
  return octets[at + 6] === 6 ? at + 40 : 0;
}

const BITS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"];

function decodeTcp(octets, at, field, number) {
  const length = (octets[at + 12] >> 4) * 4, bits = number(at + 12, 2) & 511;
  field(at, 2, t("Source port"));
  field(at + 2, 2, t("Destination port"));
  field(at + 4, 4, t("Sequence number"));
  field(at + 8, 4, t("Acknowledgment number"));
  field(at + 12, 2, t("Data offset and flags"), say(t("{1} bytes; {2}"), length, BITS.filter((name, i) => bits & (1 << i)).join(",") || "-"));
  field(at + 14, 2, t("Window"));
  field(at + 16, 2, t("Checksum"), "0x" + number(at + 16, 2).toString(16).padStart(4, "0"));
  field(at + 18, 2, t("Urgent pointer"));
  decodeOptions(octets, at + 20, at + length, field, number);
}

function decodeOptions(octets, from, end, field, number) {
  for (let at = from; at < Math.min(end, octets.length);) {
    const kind = octets[at], length = kind < 2 ? 1 : octets[at + 1];
    if (!(length >= 1) || (kind > 1 && length < 2) || at + length > end) {
      field(at, Math.min(end, octets.length) - at, t("Option, not well made"), "");
      return;
    }
    const text = {
      0: () => [t("End of options"), ""], 1: () => [t("No operation"), ""], 2: () => ["MSS", number(at + 2, 2)],
      3: () => [t("Window scale"), say(t("{1}: windows count {2} bytes"), octets[at + 2], 2 ** octets[at + 2])], 4: () => [t("SACK permitted"), ""],
      5: () => ["SACK", Array.from({length: (length - 2) / 8}, (x, i) => number(at + 2 + 8 * i, 4) + "–" + number(at + 6 + 8 * i, 4)).join(", ")],
      8: () => [t("Timestamps"), `TSval ${number(at + 2, 4)}, TSecr ${number(at + 6, 4)}`],
    }[kind] || (() => [say(t("Option {1}"), kind), ""]);
    field(at, length, ...text());
    at += length;
  }
}

/* "4..7" */
function bytesText(at, n) { return n > 1 ? at + ".." + (at + n - 1) : String(at); }

/* Of segments that left as one, the bytes may be the first one's. */
function ofMany(row, octets) {
  const at = row.ip_at || 0, size = octets[at] >> 4 === 6 ? octets[at + 4] * 256 + octets[at + 5] : octets[at + 2] * 256 + octets[at + 3];
  return row.segment.segments > 1 && size < row.segment.len;
}

function showBytes(row) {
  const box = by("bytes");
  if (!row || !row.head) {
    box.replaceChildren(make("p", {class: "small"}, row && row.kind !== "segment" ? t("This row is no segment.") : t("The bytes are not known.")));
    return;
  }
  const {octets, fields} = decode(row);
  const colour = new Array(octets.length).fill(-1);
  fields.forEach((field, i) => colour.fill(i, field.at, field.at + field.n));
  const cells = octets.map((octet, i) => make("span", colour[i] < 0 ? {} : {"class": "f" + (colour[i] % 8), "data-field": colour[i]},
    octet.toString(16).padStart(2, "0")));
  const lines = fields.map((field, i) => make("tr", {"data-field": i}, make("th", {scope: "row"}, make("span", {class: "swatch f" + (i % 8)}), field.name),
    make("td", {}, bytesText(field.at - (row.ip_at || 0), field.n)), make("td", {}, field.text)));
  const first = ofMany(row, octets) ? [make("p", {class: "small"}, say(t("The first of {1} segments that left as one."), row.segment.segments))] : [];
  box.replaceChildren(...first, make("div", {"class": "hex", "role": "img", "aria-label": t("The bytes in hexadecimal; the table below says what each means")}, ...cells),
    make("div", {"class": "wide", "tabindex": "0", "role": "group", "aria-labelledby": "bytes-head"}, make("table", {},
      make("thead", {}, make("tr", {}, ...[t("Field"), t("Bytes"), t("Value")].map((text) => make("th", {scope: "col"}, text)))),
      make("tbody", {}, ...lines))));
}

/* A field lights up in both places. */
function watchBytes() {
  by("bytes").addEventListener("mouseover", (event) => {
    const field = event.target.closest("[data-field]");
    for (const element of by("bytes").querySelectorAll("[data-field]"))
      element.classList.toggle("hot", field !== null && element.dataset.field === field.dataset.field);
  });
}
