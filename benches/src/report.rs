//! The table, its medians and ratios, and the same as JSON.

use crate::{
    Target, Workload,
    peer::{Figure, Peer},
};
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, fs, path::Path};

const OURS: &str = "longshore";
const BASE: &str = "openssh";

/// Collects figures and prints a line per workload as soon as it is whole.
pub struct Report {
    peers: Vec<String>,
    figures: HashMap<(String, String), Vec<Figure>>,
    floors: HashMap<String, f64>,
    json: Map<String, Value>,
    missed: Vec<String>,
}

impl Report {
    pub fn new(peers: &[Peer]) -> Self {
        let peers: Vec<String> = peers.iter().map(|peer| peer.name().to_owned()).collect();
        print!("{:19} {:12}", "workload", "per");
        for peer in &peers {
            print!(" {:>14} {:>10}", format!("{peer} cpu-s"), "elapsed s");
        }
        println!(" {:>8} {:>16} {:>9} {:>9}", "ratio", "target", "floor", "x floor");
        Self { peers, figures: HashMap::new(), floors: HashMap::new(), json: Map::new(), missed: Vec::new() }
    }

    pub fn add(&mut self, workload: &str, peer: &str, figure: Figure) {
        self.figures.entry((workload.to_owned(), peer.to_owned())).or_default().push(figure);
    }

    /// Processor seconds per unit that nothing can go below.
    pub fn floor(&mut self, workload: &str, figures: Vec<f64>) {
        self.floors.insert(workload.to_owned(), median(figures));
    }

    pub fn print(&mut self, workload: &Workload) {
        let name = &workload.name;
        let mut row = Map::new();
        print!("{name:19} {:12}", workload.unit);
        for peer in &self.peers {
            let Some(figure) = self.median(name, peer) else { continue };
            print!(" {:>14.4} {:>10.4}", figure.cpu, figure.elapsed);
            row.insert(peer.clone(), json!({ "cpu_s": figure.cpu, "elapsed_s": figure.elapsed }));
        }
        let ours = self.median(name, OURS).map(|figure| figure.cpu);
        let ratio = ours.zip(self.median(name, BASE)).map(|(ours, base)| ours / base.cpu);
        let floor = self.floors.get(name).copied();
        let above = ours.zip(floor).map(|(ours, floor)| ours / floor);
        let (figure, target, unit) = match workload.target {
            Target::OpenSsh(target) => (ratio, target, "x OpenSSH"),
            Target::Own(other, target) => {
                let other = self.median(other, OURS);
                (ours.zip(other).map(|(ours, other)| ours / other.cpu), target, "x one alone")
            }
            Target::Seconds(target) => (ours, target, "s"),
        };
        let wanted = format!("{target} {unit}");
        println!(" {} {wanted:>16} {:>9} {}", cell(ratio, 8), text(floor, 4), cell(above, 9));
        self.judge(name, figure, target, unit);
        row.insert("unit".to_owned(), json!(workload.unit));
        row.insert("ratio".to_owned(), json!(ratio));
        row.insert("floor_cpu_s".to_owned(), json!(floor));
        self.json.insert(name.clone(), Value::Object(row));
    }

    /// A figure that is no processor time; ours has to be `at_most` so much.
    pub fn note(&mut self, name: &str, of: &str, value: f64, unit: &str, at_most: Option<f64>) {
        println!("{name:22} {of:9} {value:>14.2} {unit}");
        if let Some(at_most) = at_most.filter(|_| of == OURS) {
            self.judge(name, Some(value), at_most, unit);
        }
        let row = self.json.entry(name).or_insert_with(|| json!({ "unit": unit }));
        row[of] = json!(value);
    }

    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(&self.json)?;
        fs::write(path, text).with_context(|| format!("writing {}", path.display()))
    }

    /// Says which targets were missed; true when none was.
    pub fn summary(&self) -> bool {
        self.missed.iter().for_each(|missed| println!("missed: {missed}"));
        self.missed.is_empty()
    }

    fn judge(&mut self, name: &str, figure: Option<f64>, target: f64, unit: &str) {
        if let Some(figure) = figure.filter(|figure| *figure > target) {
            self.missed.push(format!("{name}: {figure:.4} {unit}, at most {target} wanted"));
        }
    }

    fn median(&self, workload: &str, peer: &str) -> Option<Figure> {
        let figures = self.figures.get(&(workload.to_owned(), peer.to_owned()))?;
        Some(Figure {
            cpu: median(figures.iter().map(|figure| figure.cpu).collect()),
            elapsed: median(figures.iter().map(|figure| figure.elapsed).collect()),
        })
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn cell(value: Option<f64>, width: usize) -> String {
    format!("{:>width$}", text(value, 2))
}

fn text(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}
