//! The edge against whoever is on the other side of a connection: clients that wait,
//! drip, lie and come in crowds, and proxies that say too little.

mod client;
mod exports;
mod headers;
mod help;
mod language;
mod large_type;
mod names;
mod navigation;
mod newest_bridge;
mod origins;
mod preferences;
mod proxies;
mod terminal;
mod waits;
