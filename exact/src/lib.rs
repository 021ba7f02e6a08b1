//! Exact posteriors over the programs of a small grammar, given a table.
