//! Reading one region of an account: its clusters, each by itself, and its machines.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::call::{Call, Question, Reply};
use crate::failure::Failure;
use crate::ids::Region;
use crate::inventory::{Cluster, RegionFacts, UNLISTED};
use crate::known::Known;

use super::aim::Aim;
use super::cluster::{ClusterReading, ClusterRun, Surroundings};
use super::compute::ComputeRun;
use super::ledger::Ledger;
use super::place::Place;

/// One region and what was asked in it.
#[derive(Debug)]
pub(super) struct RegionRun {
    aim: Option<Aim>,
    /// Whether EC2 is asked though there is no cluster.
    compute_everywhere: bool,
    list: Ledger,
    clusters: BTreeMap<String, ClusterRun>,
    compute: ComputeRun,
}

impl RegionRun {
    /// Nothing read yet.
    pub(super) fn new(place: Place, aim: Option<Aim>, compute_everywhere: bool) -> Self {
        let compute = ComputeRun::new(place.clone());
        Self { aim, compute_everywhere, list: Ledger::new(place), clusters: BTreeMap::new(), compute }
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
        if call.question.is_about_machines() {
            return self.compute.take(call, result);
        }
        let mut calls: Vec<Call> = self.list.take(call, result).into_iter().collect();
        let listed = self.list.read().names(Question::ListClusters);
        for name in listed.seen() {
            if !self.clusters.contains_key(name) {
                let depth = Aim::depth(self.aim.as_ref(), name);
                let mut cluster = ClusterRun::new(self.list.place().clone(), name.clone(), depth);
                calls.extend(cluster.ask(None));
                self.clusters.insert(name.clone(), cluster);
            }
        }
        if !listed.pending {
            let touched = self.clusters.iter().filter(|(_, run)| !run.is_left_out());
            let clusters: BTreeSet<String> = touched.map(|(name, _)| name.clone()).collect();
            if !clusters.is_empty() || (self.compute_everywhere && self.aim.is_none()) {
                calls.extend(self.compute.begin(clusters));
            }
        }
        calls
    }

    /// Asks for the machines of clusters that are gone, as far as EC2 is not asked already.
    pub(super) fn ask_for_nodes_of(&mut self, clusters: BTreeSet<String>) -> Vec<Call> {
        self.compute.begin(clusters)
    }

    /// Takes note that machines of these clusters use one of the roles that a targeted audit was asked for.
    pub(super) fn are_used(&mut self, clusters: &BTreeSet<String>) {
        for (_, run) in self.clusters.iter_mut().filter(|(name, _)| clusters.contains(*name)) {
            run.is_used();
        }
    }

    /// Whether a cluster was listed.
    pub(super) fn has_clusters(&self) -> bool {
        !self.clusters.is_empty()
    }

    /// Whether the cluster is one that is read, or may be.
    pub(super) fn reads(&self, cluster: &str) -> bool {
        self.clusters.get(cluster).is_some_and(|run| !run.is_left_out())
    }

    /// The machines.
    pub(super) fn compute(&self) -> &ComputeRun {
        &self.compute
    }

    /// Asks of the clusters what can be asked with these surroundings.
    pub(super) fn ask_clusters(&mut self, surroundings: &Surroundings) -> Vec<Call> {
        self.clusters.values_mut().flat_map(|cluster| cluster.ask(Some(surroundings))).collect()
    }

    /// The clusters that are read as a whole, as far as they are, with their runs.
    pub(super) fn whole_clusters(
        &self,
        surroundings: Option<&Surroundings>,
    ) -> impl Iterator<Item = (&ClusterRun, Cluster)> {
        self.clusters.values().filter_map(move |run| {
            let reading = run.read(surroundings);
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
        let machines = self.compute.read();
        gaps.extend(machines.gaps);
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
        RegionFacts { name: name.clone(), clusters, compute: machines.compute, gaps }
    }
}
