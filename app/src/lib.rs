//! The application: the screens of IC卡自主管理 and the contract behind them,
//! compiled to wasm for the browser and natively for server rendering. It
//! knows no SQL and no sockets.

pub mod api;
pub mod text;
