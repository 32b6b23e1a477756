//! From wanted packages to all that they need.
//!
//! It is what `apt-get install --no-install-recommends` does on a machine with nothing on it, with
//! two simplifications that make it linear and the same everywhere: there is one version of each
//! package (the best one), and alternatives are decided after all that leaves no choice, so that
//! what is needed anyway is taken. Nothing is taken because it is `Essential`: an image needs no
//! package manager.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Alternatives, Archive, Available, Relation, Relations};

/// How many steps of a story are told.
const LONGEST_STORY: usize = 9;

/// All that has to be in an image.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Sorted by name.
    pub packages: Vec<Available>,
}

/// Why a list of packages can't be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Something that is needed is in no source.
    #[error("{wanted} can't be had: {why}")]
    Missing {
        /// What was asked for.
        wanted: String,
        /// Who needs what, down to what there is none of.
        why: String,
    },
    /// Two packages can't be together.
    #[error("`{one}` and `{other}` can't be together: `{one}` conflicts with `{relation}`")]
    Conflict {
        /// Who says so.
        one: String,
        /// Who is meant.
        other: String,
        /// In which words.
        relation: String,
    },
    /// A package's relations can't be understood.
    #[error("{0}")]
    Unreadable(String),
}

/// The closure of `wanted` (`name`, or `name=version`, which the best version must then be) over
/// what a package depends on.
///
/// # Errors
/// Something that is needed can't be had, or can't be together with something else.
pub fn resolve(archive: &Archive, wanted: &[String]) -> Result<Resolved, ResolveError> {
    let wanted = wanted.iter().map(|text| asked(text)).collect::<Result<Vec<_>, _>>()?;
    let mut market = Market::new(archive);
    market.explore(&wanted)?;
    market.withdraw();
    for asked in &wanted {
        if market.first(asked).is_none() {
            return Err(market.missing(asked));
        }
    }
    let chosen = market.choose(&wanted);
    let packages: Vec<Available> = chosen.values().map(|package| (*package).clone()).collect();
    at_peace(&packages)?;
    Ok(Resolved { packages })
}

fn asked(text: &str) -> Result<Alternatives, ResolveError> {
    let relation = match text.split_once('=') {
        Some((name, version)) => format!("{name} (= {version})"),
        None => text.to_owned(),
    };
    let relation = Relation::parse(&relation).map_err(ResolveError::Unreadable)?;
    Ok(Alternatives(vec![relation]))
}

struct Market<'a> {
    archive: &'a Archive,
    // By name that is provided: who provides it, and as what.
    providers: BTreeMap<String, Vec<(&'a Available, Relation)>>,
    // What can be reached from the wanted ones, by name.
    needs: BTreeMap<&'a str, Relations>,
    // What needs something that can't be had, and which of its needs that is.
    withdrawn: BTreeMap<&'a str, Alternatives>,
}

impl<'a> Market<'a> {
    fn new(archive: &'a Archive) -> Self {
        let mut providers: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for package in archive.iter().filter(|package| !package.provides.is_empty()) {
            for provided in package.provides().0.into_iter().flat_map(|group| group.0) {
                let name = provided.name.clone();
                providers.entry(name).or_default().push((package, provided));
            }
        }
        for offers in providers.values_mut() {
            offers.sort_by_key(|(package, _)| (package.rank, &package.name));
        }
        Self { archive, providers, needs: BTreeMap::new(), withdrawn: BTreeMap::new() }
    }

    // All packages that would do, the best first: of that name, then those that provide it.
    fn offers<'s>(&'s self, wanted: &'s Relation) -> impl Iterator<Item = &'a Available> + 's {
        let meant = wanted.is_for(self.archive.architecture());
        let named = self.archive.get(&wanted.name).filter(|found| wanted.accepts(&found.version));
        let provided = self.providers.get(&wanted.name).into_iter().flatten();
        let provided = provided.filter(|(_, provided)| wanted.accepts_provided(provided));
        named.into_iter().chain(provided.map(|(package, _)| *package)).filter(move |_| meant)
    }

    // Reads the needs of all that might come in.
    fn explore(&mut self, wanted: &[Alternatives]) -> Result<(), ResolveError> {
        let mut open: Vec<&'a Available> = self.all_offers(wanted);
        while let Some(package) = open.pop() {
            if self.needs.contains_key(package.name.as_str()) {
                continue;
            }
            let needs = package.depends().map_err(ResolveError::Unreadable)?;
            open.extend(self.all_offers(&needs.0));
            self.needs.insert(&package.name, needs);
        }
        Ok(())
    }

    fn all_offers(&self, groups: &[Alternatives]) -> Vec<&'a Available> {
        groups.iter().flat_map(|group| &group.0).flat_map(|wanted| self.offers(wanted)).collect()
    }

    // Takes away what needs what is not there, until nothing changes: each package goes once, and
    // only those that might have needed it are looked at again.
    fn withdraw(&mut self) {
        let mut needed_by: BTreeMap<&'a str, BTreeSet<&'a str>> = BTreeMap::new();
        for (name, needs) in &self.needs {
            for package in self.all_offers(&needs.0) {
                needed_by.entry(&package.name).or_default().insert(name);
            }
        }
        let mut open: VecDeque<&'a str> = self.needs.keys().copied().collect();
        while let Some(name) = open.pop_front() {
            if self.withdrawn.contains_key(name) {
                continue;
            }
            let unmet = self.needs[name].0.iter().find(|group| self.first(group).is_none());
            if let Some(unmet) = unmet.cloned() {
                self.withdrawn.insert(name, unmet);
                open.extend(needed_by.get(name).into_iter().flatten());
            }
        }
    }

    // The first of the alternatives that can be had.
    fn first(&self, group: &Alternatives) -> Option<&'a Available> {
        let offers = group.0.iter().flat_map(|wanted| self.offers(wanted));
        offers.into_iter().find(|package| !self.withdrawn.contains_key(package.name.as_str()))
    }

    fn choose(&self, wanted: &[Alternatives]) -> BTreeMap<&'a str, &'a Available> {
        let mut chosen = BTreeMap::new();
        let mut open: VecDeque<&Alternatives> = wanted.iter().collect();
        let mut undecided: VecDeque<&Alternatives> = VecDeque::new();
        while let Some((group, decide)) = open
            .pop_front()
            .map(|g| (g, false))
            .or_else(|| undecided.pop_front().map(|g| (g, true)))
        {
            let mut offers = group.0.iter().flat_map(|wanted| self.offers(wanted));
            if offers.any(|package| chosen.contains_key(package.name.as_str())) {
                continue;
            }
            if !decide && self.all_offers(std::slice::from_ref(group)).len() > 1 {
                undecided.push_back(group);
                continue;
            }
            if let Some(package) = self.first(group) {
                chosen.insert(package.name.as_str(), package);
                open.extend(self.needs.get(package.name.as_str()).into_iter().flat_map(|n| &n.0));
            }
        }
        chosen
    }

    // Follows what is lacking down to what there is none of.
    fn missing(&self, wanted: &Alternatives) -> ResolveError {
        let mut why = Vec::new();
        let mut seen = BTreeSet::new();
        let mut group = wanted;
        while let Some(package) = group.0.iter().find_map(|wanted| self.offers(wanted).next()) {
            if !seen.insert(package.name.as_str()) {
                break;
            }
            let Some(unmet) = self.withdrawn.get(package.name.as_str()) else { break };
            why.push(format!("`{}` {} needs `{unmet}`", package.name, package.version));
            group = unmet;
        }
        if why.len() > LONGEST_STORY {
            why.splice(1..=why.len() - LONGEST_STORY, ["…".to_owned()]);
        }
        why.push(self.absent(group));
        ResolveError::Missing { wanted: format!("`{wanted}`"), why: why.join(", ") }
    }

    fn absent(&self, group: &Alternatives) -> String {
        let known = group.0.iter().find_map(|wanted| self.archive.get(&wanted.name));
        let architecture = self.archive.architecture();
        match known {
            Some(known) => format!("but the sources have `{}` {}", known.name, known.version),
            None => format!("which no source has for {architecture}"),
        }
    }
}

fn at_peace(packages: &[Available]) -> Result<(), ResolveError> {
    for one in packages {
        let conflicts = one.conflicts().map_err(ResolveError::Unreadable)?;
        for relation in conflicts.iter() {
            let meant = |other: &&Available| {
                let named = other.name == relation.name && relation.accepts(&other.version);
                let provided = || {
                    other.provides().iter().any(|provided| {
                        provided.name == relation.name && relation.accepts_provided(provided)
                    })
                };
                // Who conflicts with what it provides means all others that do.
                other.name != one.name && (named || provided())
            };
            if let Some(other) = packages.iter().find(meant) {
                return Err(ResolveError::Conflict {
                    one: one.name.clone(),
                    other: other.name.clone(),
                    relation: relation.to_string(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::index::tests::index;
    use super::*;

    fn resolved(packages: &[(&str, &str)], wanted: &[&str]) -> Result<Vec<String>, String> {
        let mut archive = Archive::new("amd64");
        archive.add(index(packages).as_bytes(), "Packages", "main", false).unwrap();
        let wanted: Vec<String> = wanted.iter().map(|text| (*text).to_owned()).collect();
        let found = resolve(&archive, &wanted).map_err(|error| error.to_string())?;
        Ok(found.packages.into_iter().map(|package| package.name).collect())
    }

    #[test]
    fn what_is_needed_comes_with_what_needs_it_and_nothing_else() {
        let packages = [
            ("app 1", "Pre-Depends: libc (>= 2)\nDepends: lib:any\nRecommends: extra"),
            ("lib 1", "Depends: libc, app"),
            ("libc 2.1", ""),
            ("extra 1", ""),
            ("base 1", "Essential: yes\nPriority: required"),
        ];
        assert_eq!(resolved(&packages, &["app"]).unwrap(), ["app", "lib", "libc"]);
        assert_eq!(resolved(&packages, &["app", "base"]).unwrap().len(), 4);
        assert_eq!(resolved(&packages, &["libc=2.1"]).unwrap(), ["libc"]);
    }

    #[test]
    fn the_first_alternative_that_can_be_had_is_taken() {
        let packages = [
            ("app 1", "Depends: a | b | c"),
            ("a 1", "Depends: deep"),
            ("deep 1", "Depends: nowhere"),
            ("b 1", ""),
            ("c 1", ""),
            ("user 1", "Depends: b | c, app2"),
            ("app2 1", "Depends: c"),
        ];
        assert_eq!(resolved(&packages, &["app"]).unwrap(), ["app", "b"]);
        let needed_anyway = ["app2", "c", "user"];
        assert_eq!(resolved(&packages, &["user"]).unwrap(), needed_anyway);
    }

    #[test]
    fn virtual_packages_are_provided_by_the_likeliest() {
        let packages = [
            ("app 1", "Depends: mta"),
            ("versioned 1", "Depends: mta (>= 2)"),
            ("a-mta 1", "Provides: mta\nPriority: extra"),
            ("b-mta 1", "Provides: mta (= 2)\nPriority: optional"),
            ("c-mta 1", "Provides: mta\nPriority: optional"),
        ];
        assert_eq!(resolved(&packages, &["app"]).unwrap(), ["app", "b-mta"]);
        assert_eq!(resolved(&packages, &["versioned"]).unwrap(), ["b-mta", "versioned"]);
        assert_eq!(resolved(&packages, &["a-mta", "app"]).unwrap(), ["a-mta", "app"]);
    }

    #[test]
    fn what_can_t_be_had_is_told_with_who_needs_it() {
        let packages = [
            ("app 1", "Depends: lib"),
            ("lib 3", "Depends: nowhere (>= 1) | a (>= 9)"),
            ("a 2", ""),
            ("loop 1", "Depends: loop2, gone"),
            ("loop2 1", "Depends: loop"),
        ];
        let why = |wanted: &str| resolved(&packages, &[wanted]).unwrap_err();
        assert_eq!(
            why("app"),
            "`app` can't be had: `app` 1 needs `lib`, `lib` 3 needs `nowhere (>= 1) | a (>= 9)`, \
             but the sources have `a` 2"
        );
        assert_eq!(why("a=1"), "`a (= 1)` can't be had: but the sources have `a` 2");
        assert_eq!(
            why("loop2"),
            "`loop2` can't be had: `loop2` 1 needs `loop`, `loop` 1 needs `gone`, which no source has for amd64"
        );
        assert_eq!(why("a:i386"), "`a:i386` can't be had: but the sources have `a` 2");
        assert!(why("no way").contains("is no relation"));
    }

    #[test]
    fn packages_that_fight_are_not_put_together() {
        let packages = [
            ("app 1", "Depends: a, b"),
            ("a 1", "Breaks: b (<< 2)"),
            ("b 1", ""),
            ("m1 1", "Provides: mta\nConflicts: mta"),
            ("m2 1", "Provides: mta"),
        ];
        assert_eq!(
            resolved(&packages, &["app"]).unwrap_err(),
            "`a` and `b` can't be together: `a` conflicts with `b (<< 2)`"
        );
        assert!(resolved(&packages, &["m1"]).is_ok());
        assert!(resolved(&packages, &["m1", "m2"]).unwrap_err().contains("conflicts with `mta`"));
    }

    // A recursion would end the process.
    #[test]
    fn a_long_chain_costs_no_stack() {
        let names: Vec<(String, String)> = (0..50_000)
            .map(|n| (format!("p{n} 1"), format!("Depends: p{}", n + 1)))
            .chain([("p50000 1".to_owned(), String::new())])
            .collect();
        let packages: Vec<_> = names.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(resolved(&packages, &["p0"]).unwrap().len(), 50_001);
        assert!(resolved(&packages[..50_000], &["p0"]).unwrap_err().contains("no source has"));
    }
}
