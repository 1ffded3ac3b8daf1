// Reads TTML on standard input with imsc; prints what is on the screen from when to when as JSON.
const { createRequire } = require('module');
const packages = createRequire(process.argv[2] + '/package.json');
// Its drawing half wants a browser; the parser does not.
const { fromXML } = packages('imsc/src/main/js/doc.js');
const { generateISD } = packages('imsc/src/main/js/isd.js');

const errors = [];
const handler = {
  info: () => {},
  warn: (message) => errors.push(`warning: ${message}`),
  error: (message) => errors.push(`error: ${message}`),
  fatal: (message) => errors.push(`fatal: ${message}`),
};

function textOf(node) {
  if (node.kind === 'br') return '\n';
  return (node.text || '') + (node.contents || []).map(textOf).join('');
}

const source = require('fs').readFileSync(0, 'utf8');
const document = fromXML(source, handler);
const cues = [];
if (document) {
  const times = document.getMediaTimeEvents();
  for (let i = 0; i < times.length; ++i) {
    const scene = generateISD(document, times[i], handler);
    const text = scene.contents.map(textOf).join('');
    if (text) cues.push({ start: times[i], end: times[i + 1], text });
  }
}
console.log(JSON.stringify({ errors, cues, language: document ? document.lang : null }));
