//! For whoever reached the server under a name that is not its own.

/// A page that leads to the right address. `right` is an origin: it has no character
/// that HTML reads otherwise.
#[must_use]
pub fn page(right: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>地址不对</title>\
         <h1>地址不对</h1><p>本系统的正确地址是 <a href=\"{right}\">{right}</a>，请从该地址进入。</p>\
         <p>如果您就是从该地址进入的，请告知系统管理员：代理服务器没有保留 Host。</p>\
         <p lang=\"en\">The right address of this system is {right}. \
         If that is where you came from, tell your system administrator: \
         the proxy did not keep the header Host.</p></html>"
    )
}

/// The same for programs.
#[must_use]
pub fn line(right: &str) -> String {
    format!("this server is {right}; a proxy in front has to keep the header Host\n")
}
