//! Reading one region of an account: its clusters, each by itself.

use std::collections::BTreeMap;

use crate::collect::call::{Call, Question, Reply};
use crate::failure::Failure;
use crate::ids::Region;
use crate::inventory::{Cluster, RegionFacts, UNLISTED};
use crate::known::Known;

use super::aim::Aim;
use super::cluster::{ClusterReading, ClusterRun, Surroundings};
use super::ledger::Ledger;
use super::place::Place;

/// One region and what was asked in it.
#[derive(Debug)]
pub(super) struct RegionRun {
    aim: Option<Aim>,
    list: Ledger,
    clusters: BTreeMap<String, ClusterRun>,
}

impl RegionRun {
    /// Nothing read yet.
    pub(super) fn new(place: Place, aim: Option<Aim>) -> Self {
        Self { aim, list: Ledger::new(place), clusters: BTreeMap::new() }
    }

    /// The first call.
    pub(super) fn start(&mut self) -> Vec<Call> {
        self.list.ask(vec![Question::ListClusters])
    }

    /// Takes an answer; the calls that it makes possible.
    pub(super) fn take(&mut self, call: Call, result: Result<Reply, Failure>) -> Vec<Call> {
        if let Some(name) = call.question.cluster() {
            return self.clusters.get_mut(name).map(|cluster| cluster.take(call, result)).unwrap_or_default();
        }
        let mut calls: Vec<Call> = self.list.take(call, result).into_iter().collect();
        for name in self.list.read().names(Question::ListClusters).seen() {
            if !self.clusters.contains_key(name) {
                let depth = Aim::depth(self.aim.as_ref(), name);
                let mut cluster = ClusterRun::new(self.list.place().clone(), name.clone(), depth);
                calls.extend(cluster.ask(None));
                self.clusters.insert(name.clone(), cluster);
            }
        }
        calls
    }

    /// Asks of the clusters what can be asked with these surroundings.
    pub(super) fn ask_clusters(&mut self, surroundings: &Surroundings) -> Vec<Call> {
        self.clusters.values_mut().flat_map(|cluster| cluster.ask(Some(surroundings))).collect()
    }

    /// The clusters that are read as a whole, as far as they are, with their runs.
    pub(super) fn whole_clusters(&self) -> impl Iterator<Item = (&ClusterRun, Cluster)> {
        self.clusters.values().filter_map(|run| {
            let reading = run.read(None);
            Some((run, reading.cluster.filter(|_| reading.whole)?))
        })
    }

    /// The facts.
    pub(super) fn gather(&self, name: &Region, surroundings: &Surroundings) -> RegionFacts {
        let mut reading = self.list.read();
        let listed = reading.names(Question::ListClusters);
        let mut gaps = reading.gaps;
        let mut clusters = Vec::new();
        for run in self.clusters.values() {
            let ClusterReading { cluster, gaps: missed, .. } = run.read(Some(surroundings));
            clusters.extend(cluster);
            gaps.extend(missed);
        }
        gaps.sort();
        gaps.dedup();
        let clusters = match (listed.read, listed.gap) {
            (None, Some(gap)) => Known::Missing(gap),
            (_, rest) => {
                clusters.extend(rest.map(|gap| Cluster::unread(UNLISTED, &gap)));
                clusters.sort_by(|a, b| a.name.cmp(&b.name));
                Known::Value(clusters)
            }
        };
        RegionFacts { name: name.clone(), clusters, compute: None, gaps }
    }
}
