// Reads WebVTT on standard input with W3C's validator; prints its cues and its complaints as JSON.
const { createRequire } = require('module');
const packages = createRequire(process.argv[2] + '/package.json');
const { WebVTTParser } = packages('webvtt-parser');
const entities = packages('webvtt-parser/html-entities.json');

function textOf(node) {
  if (node.type === 'text') return node.value;
  if (node.name === 'rt') return '';
  return (node.children || []).map(textOf).join('');
}

const source = require('fs').readFileSync(0, 'utf8');
const tree = new WebVTTParser(entities).parse(source, 'captions');
console.log(JSON.stringify({
  errors: tree.errors.map((error) => `line ${error.line}: ${error.message}`),
  cues: tree.cues.map((cue) => ({
    id: cue.id,
    start: cue.startTime,
    end: cue.endTime,
    text: textOf(cue.tree),
  })),
}));
