//! Draws who says what to whom as an SVG: text stays text, and a phone in the dark can read it.

/// Little more than a phone has, so that 13 pixels stay near 13 there.
const WIDTH: usize = 440;
const EDGE: usize = 12;
const TOP: usize = 64;
const HEAD: usize = 34;
/// The width of a name: five of them stand side by side.
const WHO: usize = 80;
/// Of one line of 15 pixels, and of one of 13.
const LINE: usize = 20;
const SMALL: usize = 17;
/// What a letter takes, on the average of the fonts that may be there.
const LETTER: usize = 8;
/// And a bold one of 15 pixels.
const BOLD: usize = 9;
/// And one of the title.
const TALL: usize = 10;
/// Letters in a line of the moral.
const WRAP: usize = 46;

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
        clamped(WIDTH / 2, title.chars().count() * TALL);
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

    /// What happens to one of them; `tone` is `good`, `bad`, `warm` or `plain`.
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
        // Lines of much the same length, so that no word stands alone.
        let all = text.chars().count();
        let most = all.div_ceil(all.div_ceil(WRAP)) + 3;
        for word in text.split_whitespace() {
            match self.moral.last_mut() {
                Some(line) if line.chars().count() + word.chars().count() < most => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => self.moral.push(word.to_owned()),
            }
        }
    }

    fn x(&self, line: usize) -> usize {
        let margin = EDGE + WHO / 2;
        margin + line * (WIDTH - 2 * margin) / (self.lines.len() - 1)
    }

    /// The picture.
    pub(crate) fn svg(&self) -> String {
        let (mut told, mut y) = (Svg::default(), TOP + HEAD + 26);
        for step in &self.steps {
            y = self.step(&mut told, step, y);
        }
        let (bottom, tall) = (y + 4, self.moral.len() * LINE + 16);
        let mut svg = Svg::on_paper(self.title, bottom + tall + 28);
        for (index, (name, what)) in self.lines.iter().enumerate() {
            let (x, middle) = (self.x(index), TOP + HEAD / 2);
            svg.path("life", &format!("M{x} {}V{bottom}", TOP + HEAD));
            svg.rect("who", (x - WHO / 2, TOP), (WHO, HEAD));
            svg.text("name", (x, if what.is_empty() { middle + 5 } else { middle - 1 }), name);
            svg.text("what", (x, middle + 12), what);
        }
        svg.0.push_str(&told.0);
        svg.rect("moral", (EDGE, bottom + 10), (WIDTH - 2 * EDGE, tall));
        for (index, line) in self.moral.iter().enumerate() {
            svg.text("told", (WIDTH / 2, bottom + 33 + index * LINE), line);
        }
        svg.0 + "</svg>\n"
    }

    /// Draws one step below `y` and says where the next begins.
    fn step(&self, svg: &mut Svg, step: &Step, y: usize) -> usize {
        match step {
            Step::Message { from, to, tone, text, detail } => {
                let (start, end) = (self.x(*from), self.x(*to));
                let arrow = y + LINE - 12 + if detail.is_empty() { 0 } else { SMALL };
                let middle = (start + end) / 2;
                let told = if *tone == Tone::Lost { (start + middle) / 2 } else { middle };
                svg.label("text", BOLD, (told, y), text);
                svg.label("detail", LETTER, (middle, y + SMALL), detail);
                let (tip, back) =
                    if end > start { (end - 3, end - 11) } else { (end + 3, end + 11) };
                let class = match tone {
                    Tone::Ask => "ask",
                    Tone::Answer => "answer",
                    Tone::Lost => "lost",
                };
                if *tone == Tone::Lost {
                    svg.path(class, &format!("M{start} {arrow}H{middle}"));
                    let (x, y) = (middle - 6, arrow - 6);
                    svg.path("cross", &format!("M{x} {y}l12 12m0-12l-12 12"));
                } else {
                    svg.path(class, &format!("M{start} {arrow}H{tip}"));
                    let (above, below) = (arrow - 5, arrow + 5);
                    let tip = format!("M{back} {above}L{tip} {arrow}L{back} {below}");
                    svg.path(&format!("{class} tip"), &tip);
                }
                arrow + 32
            }
            Step::Note { at, tone, lines } => {
                let wide = lines.iter().map(|line| width(line)).max().unwrap_or_default() + 20;
                let (tall, left, top) =
                    (lines.len() * SMALL + 11, clamped(self.x(*at), wide), y - 16);
                svg.rect(&format!("note {tone}"), (left, top), (wide, tall));
                for (index, line) in lines.iter().enumerate() {
                    svg.text("noted", (left + wide / 2, top + 18 + index * SMALL), line);
                }
                top + tall + 28
            }
            Step::Later(text) => {
                let (wide, top, middle) = (width(text) + 24, y - 14, WIDTH / 2);
                svg.path("later", &format!("M{EDGE} {}H{}", top + 12, WIDTH - EDGE));
                svg.rect("gap", (middle - wide / 2, top), (wide, 24));
                svg.text("noted", (middle, top + 17), text);
                top + 56
            }
        }
    }
}

/// Lines of SVG, whose look is a class of [`STYLE`].
#[derive(Default)]
struct Svg(String);

impl Svg {
    /// With a background of its own, so that it is read the same on a light page and a dark one.
    fn on_paper(title: &str, height: usize) -> Svg {
        let mut svg = Svg::default();
        svg.line(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" style=\"max-width:100%\" role=\"img\" aria-labelledby=\"title\">"
        ));
        svg.line(&format!("<title id=\"title\">{}</title>", escaped(title)));
        svg.line(&format!("<style>{STYLE}</style>"));
        svg.rect("paper", (1, 1), (WIDTH - 2, height - 2));
        svg.text("title", (WIDTH / 2, 40), title);
        svg
    }

    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn path(&mut self, class: &str, way: &str) {
        self.line(&format!("<path class=\"{class}\" d=\"{way}\"/>"));
    }

    fn rect(&mut self, class: &str, (x, y): (usize, usize), (wide, tall): (usize, usize)) {
        let place = format!("x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{tall}\"");
        self.line(&format!("<rect class=\"{class}\" {place} rx=\"8\"/>"));
    }

    fn text(&mut self, class: &str, (x, y): (usize, usize), text: &str) {
        if !text.is_empty() {
            let text = escaped(text);
            self.line(&format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>"));
        }
    }

    /// A text that has to stay in the picture.
    fn label(&mut self, class: &str, letter: usize, (x, y): (usize, usize), text: &str) {
        let wide = text.chars().count() * letter;
        self.text(class, (clamped(x, wide) + wide / 2, y), text);
    }
}

fn width(text: &str) -> usize {
    text.chars().count() * LETTER
}

/// Where something so wide begins that is best in the middle of `x`.
fn clamped(x: usize, wide: usize) -> usize {
    assert!(wide <= WIDTH - 2 * EDGE, "{wide} pixels are cut off on a phone: say it shorter");
    x.saturating_sub(wide / 2).max(EDGE).min(WIDTH.saturating_sub(EDGE + wide))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const STYLE: &str = "
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}
text{text-anchor:middle;fill:#1c2733}
.title{font-size:17px;font-weight:650}
.name{font-size:13px;font-weight:650;fill:#fff}
.what{font-size:11px;fill:#d5e0ea}
.text{font-size:15px;font-weight:550}
.detail{font-size:13px;fill:#51606f}
.text,.detail{paint-order:stroke;stroke:#fbfaf6;stroke-width:5px;stroke-linejoin:round}
.noted{font-size:13px}
.told{font-size:14px}
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
.warm{fill:#fff4d6;stroke:#e3c878}
.later{stroke:#d8d4c8;stroke-width:1.5}
.gap{fill:#fff4d6;stroke:#e3c878}
.moral{fill:#e2f3e8;stroke:#8fc7a5}
";
