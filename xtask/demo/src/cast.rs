//! Who is in the demo. Every name and number is invented: no region begins
//! with 99, so no person and no enterprise can have these numbers.

/// 统一社会信用代码 of the enterprise.
pub(crate) const CODE: &str = "91990000DEMO00001X";

/// Its name.
pub(crate) const NAME: &str = "示例远航国际贸易有限公司";

/// What becomes of a person's card. All days count back from today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// 正常, made so many days ago.
    Normal(i64),
    /// The certificate ends in so many days.
    Expiring(i64),
    /// The certificate ended so many days ago.
    Expired(i64),
    /// 已挂失 so many days ago.
    Lost(i64),
    /// 已冻结 so many days ago.
    Frozen(i64),
    /// Blocked by wrong PINs so many days ago.
    Blocked(i64),
    /// 未制卡.
    NoCard,
}

/// A person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    /// 操作员编号; the legal person has none.
    pub(crate) operator_no: Option<&'static str>,
    /// The name.
    pub(crate) name: &'static str,
    /// 证件编号.
    pub(crate) id_number: &'static str,
    /// What becomes of the card.
    pub(crate) fate: Fate,
    /// The PIN of a card that is kept in the demo.
    pub(crate) pin: &'static str,
    /// Whether the software card is kept in the demo.
    pub(crate) kept: bool,
    /// The last login, so many days ago.
    pub(crate) seen: Option<i64>,
}

/// Everybody, the legal person first.
#[derive(Debug)]
pub(crate) struct Cast {
    /// The people.
    pub(crate) people: Vec<Person>,
}

/// The PIN of cards that are thrown away.
const ANY_PIN: &str = "602915";

const fn operator(
    operator_no: &'static str,
    name: &'static str,
    id_number: &'static str,
    fate: Fate,
    seen: Option<i64>,
) -> Person {
    Person {
        operator_no: Some(operator_no),
        name,
        id_number,
        fate,
        pin: ANY_PIN,
        kept: false,
        seen,
    }
}

impl Person {
    const fn kept(mut self, pin: &'static str) -> Self {
        self.pin = pin;
        self.kept = true;
        self
    }

    /// The key of the software card: `legal-person` or the operator number.
    pub(crate) fn key(&self) -> String {
        self.operator_no.map_or_else(
            || "legal-person".to_owned(),
            |number| format!("operator-{number}"),
        )
    }

    /// What the software card is called in the page's drawer.
    pub(crate) fn label(&self) -> String {
        match self.operator_no {
            None => format!("法人卡 {}", self.name),
            Some(number) => format!("操作员卡 {number} {}{}", self.name, self.remark()),
        }
    }

    /// What is special about the card, in brackets.
    pub(crate) const fn remark(&self) -> &'static str {
        match self.fate {
            Fate::Normal(_) => "",
            Fate::Expiring(_) => "（即将过期）",
            Fate::Expired(_) => "（已过期）",
            Fate::Lost(_) => "（已挂失）",
            Fate::Frozen(_) => "（已冻结）",
            Fate::Blocked(_) => "（密码已锁定）",
            Fate::NoCard => "（未制卡）",
        }
    }
}

const LEGAL_PERSON: Person = Person {
    operator_no: None,
    name: "王远航",
    id_number: "990000197503129990",
    fate: Fate::Normal(1500),
    pin: "258036",
    kept: true,
    seen: Some(1),
};

impl Cast {
    /// The legal person and one operator, for cards that another register does
    /// not know.
    pub(crate) fn small() -> Self {
        let stranger = operator(
            "0901",
            "路人甲",
            "990000199001019990",
            Fate::Normal(300),
            None,
        );
        Self {
            people: vec![LEGAL_PERSON, stranger.kept("147036")],
        }
    }

    /// The legal person and 26 operators.
    #[rustfmt::skip]
    pub(crate) fn full() -> Self {
        use Fate::{Blocked, Expired, Expiring, Frozen, Lost, NoCard, Normal};
        let people = vec![
            LEGAL_PERSON,
            operator("0001", "陈晓雨", "990000198801159991", Normal(1400), Some(2)).kept("147036"),
            operator("0002", "林子涵", "990000199203079992", Normal(1390), Some(5)),
            operator("0003", "赵一鸣", "990000198507219993", Expiring(28), Some(3)).kept("369025"),
            operator("0004", "孙若溪", "990000199011309994", Normal(1203), Some(9)),
            operator("0005", "周景行", "990000197912049995", Expired(45), Some(60)).kept("258147"),
            operator("0006", "吴知夏", "990000199406189996", Normal(1120), Some(1)),
            operator("0007", "郑书白", "990000198909259997", Frozen(20), Some(33)).kept("470258"),
            operator("0008", "何清越", "990000199305119998", Normal(1033), Some(14)),
            operator("0009", "冯安然", "990000198602289999", Lost(12), Some(13)),
            operator("0010", "褚明哲", "99000019910817999X", Blocked(4), Some(6)).kept("581470"),
            operator("0011", "卫思远", "990000198404039989", Normal(998), None),
            operator("0012", "蒋星河", "990000199507079988", Normal(911), Some(21)),
            operator("0013", "沈南乔", "990000198710199987", Expiring(75), Some(11)),
            operator("0014", "韩云舒", "990000199212129986", Normal(850), Some(4)),
            operator("0015", "杨牧之", "990000198303309985", Expired(198), Some(240)),
            operator("0016", "朱怀瑾", "990000199608089984", Normal(777), Some(17)),
            operator("0017", "秦朗月", "990000198906069983", Normal(731), None),
            operator("0018", "许长青", "990000199004249982", Frozen(3), Some(8)),
            operator("0019", "吕念真", "990000199309099981", Normal(640), Some(30)),
            operator("0020", "施雨桐", "990000198811119980", Normal(555), Some(7)),
            operator("0021", "张望舒", "990000199702149979", Normal(420), Some(12)),
            operator("0022", "孔令仪", "990000198505059978", Lost(1), Some(2)),
            operator("0023", "曹文轩", "990000199110269977", Normal(366), Some(26)),
            operator("0024", "严初九", "990000199409189976", Normal(210), Some(19)),
            operator("0025", "华承志", "990000198207159975", Normal(95), Some(40)),
            operator("0026", "金满堂", "990000199801319974", NoCard, None),
        ];
        Self { people }
    }
}
