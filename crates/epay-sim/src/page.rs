//! Renders a run as one self-contained HTML page: the messages between all parties, from top to
//! bottom.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::Site;
use crate::scenario::Scenario;
use crate::simulation::RunEnd;
use crate::trace::{Line, Who};

const LANE: usize = 150;
const ROW: usize = 30;
const TOP: usize = 60;
const TIME: usize = 120;

const STYLE: &str = "
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5rem; color: #1c2024; background: #fff }
pre { overflow-x: auto; background: #8881; padding: 1rem }
@media (prefers-color-scheme: dark) { body { color: #eceef0; background: #151718 } }
";

/// With a background of its own, so that it is read the same on a light page and a dark one.
const PICTURE: &str = "
svg { max-width: 100%; height: auto; font-family: system-ui, sans-serif } .paper { fill: #fbfcfd }
.lane { stroke: #c1c8cd } .who { font-weight: 600; text-anchor: middle; font-size: 14px }
.at { font-size: 11px } .what { font-size: 12px; text-anchor: middle } .event { font-size: 12px }
.call { stroke: #0b68cb; stroke-width: 1.5; marker-end: url(#tip) } .tip { fill: #0b68cb }
text { fill: #1c2024 } .at { fill: #687076 } .world { fill: #ad5700 }
.wrong { fill: #c62a2f; font-weight: 600 }
";

impl RunEnd {
    /// The page of this run, where its lines were asked for by
    /// [`told`](crate::Simulation::told).
    pub fn page(&self, scenario: &Scenario) -> String {
        let mut page = String::from(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>epay sim</title>",
        );
        let _ = write!(page, "<style>{STYLE}</style><h1>Seed {}</h1>", scenario.seed);
        for complaint in &self.complaints {
            let (rule, what) = (escaped(&complaint.rule), escaped(&complaint.what));
            let _ = write!(page, "<p><b>{rule}</b>: {what}</p>");
        }
        page.push_str(&self.svg());
        let _ = write!(page, "<h2>Scenario</h2><pre>{}</pre></html>", escaped(&scenario.to_text()));
        page
    }

    /// Who said what to whom, as a picture of its own, where its lines were asked for.
    pub fn svg(&self) -> String {
        let lines = told_once(&self.lines);
        let lanes = lanes(&lines);
        let (width, height) = (TIME + LANE * lanes.len(), TOP + ROW * (lines.len() + 1));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" role=\"img\"><style>{PICTURE}</style>\
             <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/><defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" \
             markerHeight=\"7\" orient=\"auto\"><path class=\"tip\" d=\"M0 0L8 4L0 8z\"/></marker></defs>"
        );
        for (number, who) in lanes.iter().enumerate() {
            let x = center(number);
            let _ = write!(
                svg,
                "<text class=\"who\" x=\"{x}\" y=\"24\">{who}</text>\
                 <path class=\"lane\" d=\"M{x} 36V{height}\"/>"
            );
        }
        for (row, line) in lines.iter().enumerate() {
            let y = TOP + ROW * row;
            let _ = write!(svg, "<text class=\"at\" x=\"0\" y=\"{y}\">{}</text>", time(line));
            svg.push_str(&drawn(line, &lanes, y));
        }
        svg + "</svg>"
    }
}

/// Without what comes again and again, such as checks: each thing is shown twice at most. Tokens are left
/// out.
fn told_once(lines: &[Line]) -> Vec<Line> {
    let mut shown: HashMap<(Who, Who, &str), u32> = HashMap::new();
    let mut told = Vec::new();
    for line in lines.iter().filter(|line| !line.what.starts_with(Site::Token.name())) {
        let count = shown.entry((line.from, line.to, &line.what)).or_default();
        *count += 1;
        if *count <= 2 {
            told.push(line.clone());
        }
    }
    told
}

/// Who is in it, from left to right.
fn lanes(lines: &[Line]) -> Vec<Who> {
    let processes = (0..8).map(Who::Process);
    let all = [Who::Payer, Who::Shop].into_iter().chain(processes);
    let all = all.chain([Who::Bank, Who::Person, Who::World]);
    let is_there = |who: &Who| lines.iter().any(|line| line.from == *who || line.to == *who);
    all.filter(is_there).collect()
}

fn center(lane: usize) -> usize {
    TIME + LANE * lane + LANE / 2
}

fn time(line: &Line) -> String {
    let (seconds, millis) = (line.at / 1_000, line.at % 1_000);
    format!("{}:{:02}:{:02}.{millis:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn drawn(line: &Line, lanes: &[Who], y: usize) -> String {
    let at = |who: Who| lanes.iter().position(|lane| *lane == who).map_or(TIME, center);
    let (from, to) = (at(line.from), at(line.to));
    let order = line.order.map(|order| format!("order-{order}: ")).unwrap_or_default();
    let text = escaped(&format!("{order}{}", line.what));
    if from == to {
        let class = match line.from {
            _ if line.what.starts_with("WRONG") => "event wrong",
            Who::World => "event world",
            _ => "event",
        };
        return format!(
            "<text class=\"{class}\" x=\"{from}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>"
        );
    }
    let (middle, arrow) = (from.midpoint(to), y + 6);
    format!(
        "<text class=\"what\" x=\"{middle}\" y=\"{y}\">{text}</text>\
         <path class=\"call\" d=\"M{from} {arrow}H{to}\"/>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
