// relay-compiler makes __generated__/relayCustomersQuery.graphql.js of this. In an app the build
// (babel-plugin-relay) puts that in place of the text; relay.js imports it by hand.
import { graphql } from 'relay-runtime';

export default graphql`
  query relayCustomersQuery {
    customers(first: 1) { edges { node { id profile { name phone loyaltyTier } } } }
  }
`;
