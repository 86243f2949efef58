// Where the instance is, and who asks: a role that may not see every field.
export const url = process.env.C360_URL ?? 'http://127.0.0.1:8360/graphql';
export const authorization = `Bearer ${process.env.C360_TOKEN}`;

// Denials come in extensions.policy alone, so that no client takes a partial answer for a failure.
export const denialsInExtensions = { 'c360-denials': 'extensions' };

// What policy did to an answer: coordinate -> {action, mask, tag, rules}.
export const byCoordinate = (extensions) =>
  Object.fromEntries((extensions?.policy ?? []).map((one) => [one.coordinate, one]));
