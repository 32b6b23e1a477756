//! Whether the packages of an image have licences that a policy has.

use tollgate_model::{Finding, Place};

use super::{Expression, Licence, understood};
use crate::{Inventory, Package};

/// The code of all findings about licences.
const CODE: &str = "scan.licence";
/// The most of a licence's words that is shown.
const SHOWN: usize = 200;

/// How a licence stands: the best of those that one may choose among, the worst of those that all
/// hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Allowed,
    Unknown,
    Denied,
}

/// What is wrong with the licences of the packages, and of which packages that can't be told.
///
/// `allowed` are the licences that packages may have; none means any that is not denied. An entry is
/// an SPDX identifier, with its exception where that matters; the former names of GNU licences
/// (`GPL-3.0`) stand for `-only` and `-or-later`. What both lists have is denied. A licence with an
/// exception is allowed where the licence is, as exceptions only permit more.
#[must_use]
pub fn check(
    inventory: &Inventory,
    allowed: Option<&[String]>,
    denied: &[String],
) -> (Vec<Finding>, Vec<Finding>) {
    let policy = Policy { allowed: allowed.map(listed), denied: listed(denied) };
    let (mut findings, mut not_assessed) = (Vec::new(), Vec::new());
    if policy.allowed.is_none() && policy.denied.is_empty() {
        return (findings, not_assessed);
    }
    for package in &inventory.packages {
        match policy.package(package) {
            Ok(Standing::Allowed) => {}
            Ok(_) => findings.push(policy.refused(package)),
            Err(why) => not_assessed.push(unknown(package, why)),
        }
    }
    (findings, not_assessed)
}

struct Policy {
    allowed: Option<Vec<Licence>>,
    denied: Vec<Licence>,
}

// A name that is no expression can be no licence of one, but it can be all that a package says.
fn listed(names: &[String]) -> Vec<Licence> {
    names.iter().flat_map(|name| entry(name)).collect()
}

fn entry(name: &str) -> Vec<Licence> {
    let name = name.trim();
    let former = super::names::gnu(name);
    if let Some(gnu) = former {
        return ["only", "or-later"].map(|end| literal(&format!("{gnu}-{end}"))).into();
    }
    match name.parse() {
        Ok(Expression::One(licence)) => vec![licence],
        _ => vec![literal(name)],
    }
}

fn literal(id: &str) -> Licence {
    Licence { id: id.to_owned(), or_later: false, exception: None }
}

impl Policy {
    fn package(&self, package: &Package) -> Result<Standing, &'static str> {
        let said = package.licence.as_deref().map(str::trim).filter(|said| !said.is_empty());
        let said = said.ok_or("it says nothing of its licence")?;
        let by_name = self.named(said);
        let expression = understood(said).or_else(|| said.parse().ok());
        let standing = by_name.or_else(|| expression.map(|it| self.standing(&it)));
        match standing {
            Some(Standing::Unknown) | None => Err("which licence that is can't be told"),
            Some(standing) => Ok(standing),
        }
    }

    // What a package says may stand in a list word for word: `BSD License`.
    fn named(&self, said: &str) -> Option<Standing> {
        let same = |one: &Licence| one.to_string().eq_ignore_ascii_case(said);
        if self.denied.iter().any(same) {
            return Some(Standing::Denied);
        }
        self.allowed.iter().flatten().any(same).then_some(Standing::Allowed)
    }

    fn standing(&self, expression: &Expression) -> Standing {
        match expression {
            Expression::One(licence) => self.one(licence),
            Expression::All(parts) => {
                parts.iter().map(|it| self.standing(it)).max().unwrap_or(Standing::Unknown)
            }
            Expression::Any(parts) => {
                parts.iter().map(|it| self.standing(it)).min().unwrap_or(Standing::Unknown)
            }
        }
    }

    fn one(&self, licence: &Licence) -> Standing {
        let plain = Licence { exception: None, ..licence.clone() };
        let has = |list: &[Licence], one: &Licence| list.iter().any(|it| same(it, one));
        let may = |one: &Licence| {
            let list = self.allowed.as_deref().unwrap_or_default();
            forms(one).iter().any(|form| has(list, form))
        };
        // With an exception it is another licence, so the list that names it just so has its way.
        if has(&self.denied, licence) {
            return Standing::Denied;
        }
        if licence.exception.is_some() && may(licence) {
            return Standing::Allowed;
        }
        if has(&self.denied, &plain) {
            return Standing::Denied;
        }
        let known = licence.is_listed() || licence.is_reference();
        match (&self.allowed, known) {
            (Some(_), _) if may(&plain) => Standing::Allowed,
            (_, false) => Standing::Unknown,
            (Some(_), true) => Standing::Denied,
            (None, true) => Standing::Allowed,
        }
    }

    fn refused(&self, package: &Package) -> Finding {
        let said = said(package);
        let message =
            format!("{} {} is under {said}, which is not allowed", package.name, package.version);
        let list = |names: &[Licence]| {
            names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let expected = match &self.allowed {
            Some(allowed) => format!("one of {}", list(allowed)),
            None => format!("none of {}", list(&self.denied)),
        };
        Finding::new(CODE, place(package), message)
            .contrast(expected, said)
            .hint("leave the package out, or change `licences` of the scan")
    }
}

fn same(one: &Licence, other: &Licence) -> bool {
    let id = one.id.eq_ignore_ascii_case(&other.id);
    id && one.or_later == other.or_later && one.exception == other.exception
}

// Who may choose a later version may choose this one.
fn forms(licence: &Licence) -> Vec<Licence> {
    let mut forms = vec![licence.clone()];
    if licence.or_later {
        forms.push(Licence { or_later: false, ..licence.clone() });
    }
    if let Some(id) = licence.id.strip_suffix("-or-later") {
        forms.push(Licence { id: format!("{id}-only"), ..licence.clone() });
    }
    forms
}

fn unknown(package: &Package, why: &str) -> Finding {
    let message =
        format!("the licence of {} {} is not known: {why}", package.name, package.version);
    let mut finding = Finding::new(CODE, place(package), message);
    finding.found = package.licence.as_ref().map(|_| said(package));
    finding
}

fn said(package: &Package) -> String {
    package.licence.iter().flat_map(|said| said.chars()).take(SHOWN).collect()
}

// A package is in no file of the project; its package URL names it everywhere.
fn place(package: &Package) -> Place {
    Place::Package { package: package.name.clone(), version: package.version.clone() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Ecosystem;

    fn package(licence: Option<&str>) -> Package {
        Package {
            ecosystem: Ecosystem::PyPi,
            name: "a".to_owned(),
            version: "1".to_owned(),
            architecture: None,
            source: None,
            licence: licence.map(str::to_owned),
            hashes: Vec::new(),
            requires: Vec::new(),
            size: 0,
        }
    }

    fn standing(licence: &str, allowed: Option<&[&str]>, denied: &[&str]) -> &'static str {
        let owned = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let inventory = Inventory::of(vec![package(Some(licence))]);
        let (found, open) = check(&inventory, allowed.map(owned).as_deref(), &owned(denied));
        match (found.len(), open.len()) {
            (0, 0) => "allowed",
            (1, 0) => "denied",
            (0, 1) => "open",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn licences_are_held_against_both_lists() {
        for (licence, allowed, denied, expected) in [
            ("MIT", Some(&["MIT"][..]), &[][..], "allowed"),
            ("mit license", Some(&["mit"]), &[], "allowed"),
            ("MIT", Some(&["ISC"]), &[], "denied"),
            ("MIT", None, &["GPL-3.0-only"], "allowed"),
            ("MIT", Some(&["MIT"]), &["MIT"], "denied"),
            ("MIT OR GPL-3.0-only", Some(&["MIT"]), &["GPL-3.0"], "allowed"),
            ("MIT AND GPL-3.0-only", Some(&["MIT"]), &["GPL-3.0"], "denied"),
            ("GPL-3.0-or-later", None, &["GPL-3.0"], "denied"),
            ("GPL-3.0-or-later", None, &["GPL-3.0-only"], "allowed"),
            ("GPL-2.0-or-later", Some(&["GPL-2.0-only"]), &[], "allowed"),
            ("GPL-2.0-only", Some(&["GPL-2.0-or-later"]), &[], "denied"),
            ("Apache-2.0+", Some(&["Apache-2.0"]), &[], "allowed"),
            ("GPL-2.0-only WITH Classpath-exception-2.0", Some(&["GPL-2.0-only"]), &[], "allowed"),
            ("GPL-2.0-only WITH Classpath-exception-2.0", None, &["GPL-2.0"], "denied"),
            (
                "GPL-2.0-only WITH Classpath-exception-2.0",
                Some(&["GPL-2.0-only WITH Classpath-exception-2.0"]),
                &["GPL-2.0"],
                "allowed",
            ),
            ("GPL-2.0-only", Some(&["GPL-2.0-only WITH Classpath-exception-2.0"]), &[], "denied"),
            ("BSD", Some(&["MIT"]), &[], "open"),
            ("BSD", None, &["GPL-3.0"], "open"),
            ("BSD License", Some(&["BSD License"]), &[], "allowed"),
            ("Foo-1.0", Some(&["foo-1.0"]), &[], "allowed"),
            ("Foo-1.0", None, &["Foo-1.0"], "denied"),
            ("MIT OR Foo-1.0", Some(&["MIT"]), &[], "allowed"),
            ("MIT AND Foo-1.0", Some(&["MIT"]), &[], "open"),
            ("GPL-3.0-only OR Foo-1.0", Some(&["MIT"]), &[], "open"),
            ("LicenseRef-Own", Some(&["MIT"]), &[], "denied"),
            ("LicenseRef-Own", None, &["MIT"], "allowed"),
            ("GPL-2, LGPL-2.1", Some(&["MIT"]), &[], "open"),
        ] {
            assert_eq!(
                standing(licence, allowed, denied),
                expected,
                "{licence} {allowed:?} {denied:?}"
            );
        }
    }

    #[test]
    fn findings_say_what_was_looked_for_and_silence_is_not_assessed() {
        let inventory = Inventory::of(vec![package(None), package(Some("GPL-3.0-only"))]);
        let (found, open) = check(&inventory, Some(&["MIT".to_owned()]), &[]);
        assert_eq!((found[0].code.as_str(), open[0].code.as_str()), (CODE, CODE));
        assert_eq!(found[0].message, "a 1 is under GPL-3.0-only, which is not allowed");
        assert_eq!(found[0].expected.as_deref(), Some("one of MIT"));
        assert!(open[0].message.contains("says nothing"), "{}", open[0].message);
        assert_eq!(check(&inventory, None, &[]), (vec![], vec![]), "nothing was asked");
    }

    const IDS: [&str; 4] = ["MIT", "ISC", "Zlib", "Foo-1.0"];

    fn expressions() -> impl Strategy<Value = String> {
        let one = prop::sample::select(IDS.to_vec()).prop_map(str::to_owned);
        one.prop_recursive(3, 12, 3, |inner| {
            let between = prop::sample::select(vec![" AND ", " OR "]);
            (prop::collection::vec(inner, 1..4), between)
                .prop_map(|(parts, between)| format!("({})", parts.join(between)))
        })
    }

    proptest! {
        #[test]
        fn one_may_choose_and_has_to_keep_all(
            a in expressions(),
            b in expressions(),
            allowed in prop::sample::subsequence(IDS.to_vec(), 0..4),
            denied in prop::sample::subsequence(IDS.to_vec(), 0..4),
        ) {
            let of = |text: &str| standing(text, Some(&allowed), &denied);
            let rank = |text: &str| ["allowed", "open", "denied"].iter().position(|it| *it == of(text));
            let either = rank(&format!("{a} OR {b}"));
            let both = rank(&format!("{a} AND {b}"));
            prop_assert_eq!(either, rank(&a).min(rank(&b)));
            prop_assert_eq!(both, rank(&a).max(rank(&b)));
        }
    }
}
