// What the reference composer says of sets of subgraphs.
// Standard input: {"set": [{"name", "sdl"}, …]}; standard output: {"set": {accepted, codes, hints}}.
// Usage: node reference.mjs FOLDER, where FOLDER has @apollo/composition and graphql installed.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const require = createRequire(join(resolve(process.argv[2]), 'index.js'));
const { composeServices } = require('@apollo/composition');
const { parse } = require('graphql');

const sorted = (codes) => [...new Set(codes)].sort();

function verdict(subgraphs) {
  try {
    const services = subgraphs.map(({ name, sdl }) => ({ name, typeDefs: parse(sdl), url: '' }));
    const result = composeServices(services);
    const codes = (result.errors ?? []).map((one) => one.extensions?.code ?? 'UNKNOWN');
    const hints = (result.hints ?? []).map((one) => one.definition.code);
    return { accepted: !result.errors, codes: sorted(codes), hints: sorted(hints) };
  } catch (error) {
    const code = error.name === 'GraphQLError' ? 'INVALID_GRAPHQL' : 'CRASH';
    return { accepted: false, codes: [error.extensions?.code ?? code], hints: [] };
  }
}

const sets = JSON.parse(readFileSync(0, 'utf-8'));
const verdicts = {};
for (const [name, subgraphs] of Object.entries(sets)) verdicts[name] = verdict(subgraphs);
process.stdout.write(JSON.stringify(verdicts));
