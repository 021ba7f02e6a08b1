//! Dividing units into folds, as the `kfold_split_*` functions of R's `loo`: at random, balanced over strata, or whole groups.
//!
//! Each returns the fold of every unit, from 0. The same seed gives the same folds.

use crate::input::InputError;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// At random, sizes equal up to one.
///
/// # Errors
/// Fewer than 2 folds, or more folds than units.
pub fn random(units: usize, folds: usize, seed: u64) -> Result<Vec<usize>, InputError> {
    check(folds, units, "units")?;
    let mut order: Vec<usize> = (0..units).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    Ok(deal(order.into_iter(), units, folds))
}

/// At random within strata, so that each fold has its share of every stratum. `stratum[i]` is that of unit i.
///
/// # Errors
/// As [`random`].
pub fn stratified<T: Ord>(stratum: &[T], folds: usize, seed: u64) -> Result<Vec<usize>, InputError> {
    check(folds, stratum.len(), "units")?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut order = Vec::with_capacity(stratum.len());
    for (_, mut members) in by_label(stratum) {
        members.shuffle(&mut rng);
        order.extend(members);
    }
    Ok(deal(order.into_iter(), stratum.len(), folds))
}

/// Whole groups at random, numbers of groups equal up to one. `group[i]` is that of unit i.
///
/// # Errors
/// Fewer than 2 folds, or more folds than groups.
pub fn grouped<T: Ord>(group: &[T], folds: usize, seed: u64) -> Result<Vec<usize>, InputError> {
    let mut groups: Vec<Vec<usize>> = by_label(group).into_values().collect();
    check(folds, groups.len(), "groups")?;
    groups.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let mut fold_of = vec![0; group.len()];
    for (position, members) in groups.into_iter().enumerate() {
        members.into_iter().for_each(|unit| fold_of[unit] = position % folds);
    }
    Ok(fold_of)
}

fn check(folds: usize, items: usize, what: &str) -> Result<(), InputError> {
    if folds < 2 || folds > items {
        return Err(InputError::Other(format!("{folds} folds for {items} {what}: 2 to {items} are possible")));
    }
    Ok(())
}

fn deal(order: impl Iterator<Item = usize>, units: usize, folds: usize) -> Vec<usize> {
    let mut fold_of = vec![0; units];
    order.enumerate().for_each(|(position, unit)| fold_of[unit] = position % folds);
    fold_of
}

fn by_label<T: Ord>(labels: &[T]) -> BTreeMap<&T, Vec<usize>> {
    let mut members: BTreeMap<&T, Vec<usize>> = BTreeMap::new();
    labels.iter().enumerate().for_each(|(i, label)| members.entry(label).or_default().push(i));
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(fold_of: &[usize], folds: usize) -> Vec<usize> {
        (0..folds).map(|f| fold_of.iter().filter(|g| **g == f).count()).collect()
    }

    #[test]
    fn folds_are_balanced() {
        let folds = random(23, 5, 1).unwrap();
        assert!(sizes(&folds, 5).iter().all(|n| (4..=5).contains(n)));
        assert_eq!(folds, random(23, 5, 1).unwrap());
        assert_ne!(folds, random(23, 5, 2).unwrap());
        assert!(random(3, 4, 1).is_err() && random(3, 1, 1).is_err());
    }

    #[test]
    fn strata_are_shared_out_and_groups_stay_whole() {
        let labels: Vec<usize> = (0..40).map(|i| usize::from(i % 4 == 0)).collect();
        let folds = stratified(&labels, 5, 3).unwrap();
        for fold in 0..5 {
            let rare = (0..40).filter(|i| folds[*i] == fold && labels[*i] == 1).count();
            assert_eq!(rare, 2);
        }
        let groups: Vec<&str> = ["a", "b", "c", "d", "e"].into_iter().cycle().take(40).collect();
        let folds = grouped(&groups, 2, 3).unwrap();
        for i in 0..40 {
            assert_eq!(folds[i], folds[i % 5]);
        }
        assert_eq!(sizes(&folds, 2), [24, 16]);
        assert!(grouped(&groups, 6, 3).is_err());
    }
}
