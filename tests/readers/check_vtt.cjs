// Takes a JSON list of WebVTT documents on standard input; prints, for each, the complaints of
// W3C's validator, as JSON.
const { createRequire } = require('module');
const packages = createRequire(process.argv[2] + '/package.json');
const { WebVTTParser } = packages('webvtt-parser');
const entities = packages('webvtt-parser/html-entities.json');

const documents = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(documents.map((document) =>
  new WebVTTParser(entities).parse(document, 'captions').errors.map(
    (error) => `line ${error.line}: ${error.message}`))));
