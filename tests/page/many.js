// many.js PAGE.html ROWS: on standard output the page with its first story's rows again and again, ROWS of them, later each time.
"use strict";
const [file, rows] = process.argv.slice(2);
const page = require("fs").readFileSync(file, "utf8");
const mark = '<script type="application/json" id="story">';
const from = page.indexOf(mark) + mark.length, upto = page.indexOf("</script>", from);
const stories = JSON.parse(page.slice(from, upto));
const once = stories[0].rows, span = once[once.length - 1].at - once[0].at + 1e6;
stories.length = 1;
stories[0].rows = Array.from({length: Number(rows)}, (x, i) => Object.assign({}, once[i % once.length], {at: once[i % once.length].at + Math.floor(i / once.length) * span}));
process.stdout.write(page.slice(0, from) + JSON.stringify(stories).replace(/</g, "\\u003c") + page.slice(upto));
