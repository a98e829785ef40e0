//! Cards that are none of this system's, or not finished.

use card_protocol::CardFault;

use crate::text::Text;

/// A card that no PIN is for: what it is, and which card is wanted.
pub(super) const fn unfit(fault: CardFault) -> (Text, Text) {
    const OWN: Text = text!(
        "请更换为本系统发放的IC卡；请勿在这张卡上输入密码。",
        "Use an IC card issued for this system. Don't enter a PIN for the card that is in now."
    );
    match fault {
        CardFault::NoProtocol => (
            text!(
                "不支持这种卡：这是一张存储卡，不是IC卡。",
                "This card is not supported: it is a memory card, not an IC card."
            ),
            text!(
                "请更换为本系统发放的IC卡。",
                "Use an IC card issued for this system."
            ),
        ),
        CardFault::NoCertificate => (
            text!(
                "这张卡没有制完，卡内没有证书。",
                "The making of this card was not finished: it holds no certificate."
            ),
            text!(
                "请联系发卡单位重新制卡。",
                "Ask the card issuer to make it again."
            ),
        ),
        CardFault::Compressed => (
            text!(
                "不支持这张卡：卡内的证书是压缩存放的。",
                "This card is not supported: its certificate is stored compressed."
            ),
            text!(
                "请更换为本系统发放的IC卡；如为本系统的卡，请联系发卡单位重新制卡。",
                "Use an IC card issued for this system. If this is one, ask the card issuer to make it again."
            ),
        ),
        CardFault::BadCertificate => (
            text!(
                "卡内的证书已损坏，无法读取。",
                "The certificate on the card is damaged and can't be read."
            ),
            text!(
                "请联系发卡单位检查卡片。",
                "Ask the card issuer to check the card."
            ),
        ),
        CardFault::RsaKey => (
            text!(
                "不支持这张卡：卡内是RSA密钥。",
                "This card is not supported: it holds an RSA key."
            ),
            OWN,
        ),
        CardFault::OtherKey => (
            text!(
                "不支持这张卡：卡内的密钥不是P-256密钥。",
                "This card is not supported: its key is not a P-256 key."
            ),
            OWN,
        ),
        CardFault::SelfSigned => (
            text!(
                "这张卡的证书是自行签发的，不是本系统的卡。",
                "The certificate of this card is self-signed. It is not a card of this system."
            ),
            OWN,
        ),
        CardFault::OtherIssuer => (
            text!(
                "这张卡是由其他机构签发的，不是本系统的卡。",
                "This card was issued by somebody else. It is not a card of this system."
            ),
            OWN,
        ),
        CardFault::PinStatus => (
            text!(
                "这张卡没有按标准告知密码的剩余次数，读卡程序不会发送密码。",
                "This card does not say in the standard way how many tries the PIN has left, so no PIN is sent to it."
            ),
            text!(
                "请联系发卡单位更换卡片。",
                "Ask the card issuer for another card."
            ),
        ),
    }
}
