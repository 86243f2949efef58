// Apollo Gateway over a supergraph file: SUPERGRAPH and PORT; run where its packages are installed.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const installed = createRequire(`${process.cwd()}/`);
const { ApolloGateway } = installed("@apollo/gateway");
const { ApolloServer } = installed("@apollo/server");
const { startStandaloneServer } = installed("@apollo/server/standalone");

const supergraphSdl = readFileSync(process.env.SUPERGRAPH, "utf8");
const server = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl }) });
startStandaloneServer(server, { listen: { host: "127.0.0.1", port: Number(process.env.PORT) } });
