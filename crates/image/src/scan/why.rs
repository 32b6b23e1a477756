//! Why a package is in an image: who needs it.

use std::collections::{BTreeMap, VecDeque};

use crate::{Ecosystem, Inventory};

/// The way to each package from one that nothing needs.
pub(super) struct Why<'a> {
    /// For each package the one that pulls it in, on a shortest way.
    by: BTreeMap<(&'a Ecosystem, &'a str), Option<&'a str>>,
}

impl<'a> Why<'a> {
    pub(super) fn of(inventory: &'a Inventory) -> Self {
        let packages = &inventory.packages;
        let named: BTreeMap<(&Ecosystem, &str), _> =
            packages.iter().map(|p| ((&p.ecosystem, p.name.as_str()), p)).collect();
        let needed: std::collections::BTreeSet<(&Ecosystem, &str)> = packages
            .iter()
            .flat_map(|p| p.requires.iter().map(|name| (&p.ecosystem, name.as_str())))
            .collect();
        let mut by: BTreeMap<_, Option<&str>> = BTreeMap::new();
        let roots = named.keys().filter(|key| !needed.contains(*key));
        let mut open: VecDeque<(&Ecosystem, &str)> = roots.copied().collect();
        by.extend(open.iter().map(|root| (*root, None)));
        while let Some(at) = open.pop_front() {
            for name in named.get(&at).into_iter().flat_map(|package| &package.requires) {
                let next = (at.0, name.as_str());
                if named.contains_key(&next) && !by.contains_key(&next) {
                    by.insert(next, Some(at.1));
                    open.push_back(next);
                }
            }
        }
        Self { by }
    }

    /// From a package that nothing needs to this one. Alone it stands where nothing pulls it in, or
    /// only what it pulls in itself.
    pub(super) fn path(&self, ecosystem: &Ecosystem, name: &str) -> Vec<String> {
        let mut path = vec![name.to_owned()];
        let mut at = name;
        while let Some(Some(by)) = self.by.get(&(ecosystem, at)) {
            path.push((*by).to_owned());
            at = by;
        }
        path.reverse();
        path
    }
}
