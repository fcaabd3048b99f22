//! Draws who says what to whom as an SVG: text stays text, and a phone in the dark can read it.

use std::fmt::Write;

const WIDTH: usize = 640;
const EDGE: usize = 20;
const TOP: usize = 64;
const HEAD: usize = 34;
/// Of one line of 15 pixels, and of one of 13.
const LINE: usize = 20;
const SMALL: usize = 17;
/// What a letter takes, on the average of the fonts that may be there.
const LETTER: usize = 8;

/// How a message looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Somebody asks.
    Ask,
    /// Somebody answers.
    Answer,
    /// The answer never arrives.
    Lost,
}

#[derive(Clone, Debug)]
enum Step {
    Message { from: usize, to: usize, tone: Tone, text: String, detail: String },
    Note { at: usize, tone: &'static str, lines: Vec<String> },
    Later(String),
}

/// A story in order, and who is in it from left to right.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    title: &'static str,
    lines: Vec<(&'static str, &'static str)>,
    steps: Vec<Step>,
    moral: Vec<String>,
}

impl Sequence {
    /// Each of `lines` is a name and, smaller, what it is.
    pub(crate) fn new(title: &'static str, lines: &[(&'static str, &'static str)]) -> Sequence {
        Sequence { title, lines: lines.to_vec(), steps: Vec::new(), moral: Vec::new() }
    }

    fn at(&self, name: &str) -> usize {
        self.lines.iter().position(|(line, _)| *line == name).unwrap()
    }

    pub(crate) fn message(
        &mut self,
        (from, to): (&str, &str),
        tone: Tone,
        text: &str,
        detail: &str,
    ) {
        let (from, to) = (self.at(from), self.at(to));
        let (text, detail) = (text.to_owned(), detail.to_owned());
        self.steps.push(Step::Message { from, to, tone, text, detail });
    }

    /// What happens to one of them; `tone` is `good`, `bad` or `plain`.
    pub(crate) fn note(&mut self, name: &str, tone: &'static str, text: &str) {
        let lines = text.lines().map(str::to_owned).collect();
        self.steps.push(Step::Note { at: self.at(name), tone, lines });
    }

    /// Time passes.
    pub(crate) fn later(&mut self, text: &str) {
        self.steps.push(Step::Later(text.to_owned()));
    }

    /// What the picture is drawn for, below it.
    pub(crate) fn moral(&mut self, text: &str) {
        self.moral = text.lines().map(str::to_owned).collect();
    }

    fn x(&self, line: usize) -> usize {
        let margin = EDGE + 46;
        margin + line * (WIDTH - 2 * margin) / (self.lines.len() - 1)
    }

    /// The picture.
    pub(crate) fn svg(&self) -> String {
        let (mut body, mut y) = (String::new(), TOP + HEAD + 26);
        for step in &self.steps {
            y = self.step(&mut body, step, y);
        }
        let bottom = y + 4;
        let height =
            bottom + 30 + self.moral.len() * LINE + if self.moral.is_empty() { 0 } else { 14 };
        let mut svg = head(self.title, height);
        for (index, (name, what)) in self.lines.iter().enumerate() {
            let (x, middle) = (self.x(index), TOP + HEAD / 2);
            let half = 48.min(x - EDGE + 8);
            line(
                &mut svg,
                &format!(
                    "<path class=\"life\" d=\"M{x} {}V{bottom}\"/><rect class=\"who\" x=\"{}\" y=\"{TOP}\" width=\"{}\" height=\"{HEAD}\" rx=\"8\"/>",
                    TOP + HEAD,
                    x - half,
                    2 * half,
                ),
            );
            let (name_y, what_y) =
                if what.is_empty() { (middle + 5, 0) } else { (middle - 1, middle + 12) };
            line(
                &mut svg,
                &format!("<text class=\"name\" x=\"{x}\" y=\"{name_y}\">{}</text>", escaped(name)),
            );
            if !what.is_empty() {
                line(
                    &mut svg,
                    &format!(
                        "<text class=\"what\" x=\"{x}\" y=\"{what_y}\">{}</text>",
                        escaped(what)
                    ),
                );
            }
        }
        svg.push_str(&body);
        if !self.moral.is_empty() {
            let tall = self.moral.len() * LINE + 16;
            line(
                &mut svg,
                &format!(
                    "<rect class=\"moral\" x=\"{EDGE}\" y=\"{}\" width=\"{}\" height=\"{tall}\" rx=\"8\"/>",
                    bottom + 10,
                    WIDTH - 2 * EDGE,
                ),
            );
            for (index, text) in self.moral.iter().enumerate() {
                let y = bottom + 33 + index * LINE;
                line(
                    &mut svg,
                    &format!(
                        "<text class=\"text\" x=\"{}\" y=\"{y}\">{}</text>",
                        WIDTH / 2,
                        escaped(text)
                    ),
                );
            }
        }
        svg + "</svg>\n"
    }

    /// Draws one step below `y` and says where the next begins.
    fn step(&self, svg: &mut String, step: &Step, y: usize) -> usize {
        match step {
            Step::Message { from, to, tone, text, detail } => {
                let (start, end) = (self.x(*from), self.x(*to));
                let arrow = y + LINE - 12 + if detail.is_empty() { 0 } else { SMALL };
                let middle = (start + end) / 2;
                label(svg, "text", middle, y, text);
                label(svg, "detail", middle, y + SMALL, detail);
                let right = end > start;
                let tip = if right { end - 3 } else { end + 3 };
                let (class, tip) = match tone {
                    Tone::Ask => ("ask", tip),
                    Tone::Answer => ("answer", tip),
                    Tone::Lost => ("lost", middle),
                };
                line(svg, &format!("<path class=\"{class}\" d=\"M{start} {arrow}H{tip}\"/>"));
                if *tone == Tone::Lost {
                    line(
                        svg,
                        &format!(
                            "<path class=\"cross\" d=\"M{} {}l12 12m0-12l-12 12\"/>",
                            middle - 6,
                            arrow - 6,
                        ),
                    );
                } else {
                    let back = if right { tip - 8 } else { tip + 8 };
                    line(
                        svg,
                        &format!(
                            "<path class=\"{class} tip\" d=\"M{back} {}L{tip} {arrow}L{back} {}\"/>",
                            arrow - 5,
                            arrow + 5,
                        ),
                    );
                }
                arrow + 32
            }
            Step::Note { at, tone, lines } => {
                let wide = lines.iter().map(|line| width(line)).max().unwrap_or_default() + 20;
                let tall = lines.len() * SMALL + 11;
                let left = clamped(self.x(*at), wide);
                let top = y - 16;
                line(
                    svg,
                    &format!(
                        "<rect class=\"note {tone}\" x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{tall}\" rx=\"6\"/>"
                    ),
                );
                for (index, text) in lines.iter().enumerate() {
                    let (x, y) = (left + wide / 2, top + 18 + index * SMALL);
                    line(
                        svg,
                        &format!(
                            "<text class=\"noted\" x=\"{x}\" y=\"{y}\">{}</text>",
                            escaped(text)
                        ),
                    );
                }
                top + tall + 28
            }
            Step::Later(text) => {
                let (wide, top) = (width(text) + 24, y - 14);
                let middle = WIDTH / 2;
                line(
                    svg,
                    &format!(
                        "<path class=\"later\" d=\"M{EDGE} {0}H{1}\"/><rect class=\"gap\" x=\"{2}\" y=\"{top}\" width=\"{wide}\" height=\"24\" rx=\"12\"/>",
                        top + 12,
                        WIDTH - EDGE,
                        middle - wide / 2,
                    ),
                );
                line(
                    svg,
                    &format!(
                        "<text class=\"noted\" x=\"{middle}\" y=\"{}\">{}</text>",
                        top + 17,
                        escaped(text)
                    ),
                );
                top + 56
            }
        }
    }
}

fn line(svg: &mut String, text: &str) {
    writeln!(svg, "{text}").unwrap();
}

fn label(svg: &mut String, class: &str, middle: usize, y: usize, text: &str) {
    if !text.is_empty() {
        let wide = width(text);
        let x = clamped(middle, wide) + wide / 2;
        line(svg, &format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(text)));
    }
}

fn width(text: &str) -> usize {
    text.chars().count() * LETTER
}

/// Where something so wide begins that is best in the middle of `x`, and has to stay in the picture.
fn clamped(x: usize, wide: usize) -> usize {
    x.saturating_sub(wide / 2).max(EDGE).min(WIDTH.saturating_sub(EDGE + wide))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Its own background, so that it is read the same on a light page and on a dark one.
fn head(title: &str, height: usize) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" role=\"img\" aria-labelledby=\"title\">
<title id=\"title\">{title}</title>
<style>{STYLE}</style>
<rect class=\"paper\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"12\"/>
<text class=\"title\" x=\"{}\" y=\"40\">{title}</text>
",
        WIDTH - 1,
        height - 1,
        WIDTH / 2,
    )
}

const STYLE: &str = "
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;text-anchor:middle;fill:#1c2733}
.title{font-size:20px;font-weight:650}
.name{font-size:15px;font-weight:650;fill:#fff}
.what{font-size:11px;fill:#d5e0ea}
.text{font-size:15px;font-weight:550}
.detail{font-size:13px;fill:#51606f}
.text,.detail{paint-order:stroke;stroke:#fbfaf6;stroke-width:5px;stroke-linejoin:round}
.noted{font-size:13px}
.paper{fill:#fbfaf6;stroke:#d8d4c8}
.who{fill:#24435f}
.life{stroke:#b9c2ca;stroke-width:1.5;stroke-dasharray:3 4}
.ask,.answer,.lost,.cross{fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.ask{stroke:#24435f}
.answer{stroke:#2c7a51;stroke-dasharray:7 5}
.answer.tip{stroke-dasharray:none}
.lost{stroke:#c0392b;stroke-dasharray:2 5}
.cross{stroke:#c0392b;stroke-width:3.5}
.note{stroke-width:1.2}
.plain{fill:#eef1f4;stroke:#c3ccd4}
.good{fill:#e2f3e8;stroke:#8fc7a5}
.bad{fill:#fbe6e2;stroke:#e0a196}
.later{stroke:#d8d4c8;stroke-width:1.5}
.gap{fill:#fff4d6;stroke:#e3c878}
.moral{fill:#e2f3e8;stroke:#8fc7a5}
";
