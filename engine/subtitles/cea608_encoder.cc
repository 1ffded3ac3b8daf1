#include "engine/subtitles/cea608_encoder.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace subtide {
namespace {

/// A smooth-scrolling decoder takes 0.43 s for a row.
constexpr MediaDuration kRowTime = std::chrono::milliseconds(500);

/// RCL and ENM, two rows with position and tab of 32 characters, and the erasure of the cue before.
constexpr int kFullLoad = 2 + 2 + 2 * (2 + 2 + kCea608Columns / 2) + 2;

/// Deciding needs to know of cues that begin a slot or two ahead.
constexpr int kErasureSlots = 2;

Cea608Command roll_up_command(Cea608Mode mode) {
  if (mode == Cea608Mode::kRollUp2) return Cea608Command::kRollUp2;
  return mode == Cea608Mode::kRollUp3 ? Cea608Command::kRollUp3 : Cea608Command::kRollUp4;
}

int window_rows(Cea608Mode mode) {
  switch (mode) {
    case Cea608Mode::kPopOn:
    case Cea608Mode::kPaintOn:
      return 1;
    case Cea608Mode::kRollUp2:
      return 2;
    case Cea608Mode::kRollUp3:
      return 3;
    case Cea608Mode::kRollUp4:
      return 4;
  }
  return 1;
}

}  // namespace

Result<Cea608Encoder> Cea608Encoder::create(const Cea608Options& options, MediaTime from) {
  const auto clock = Cea608Clock::create(options.frame_rate);
  if (!clock) return clock.error();
  const int least = window_rows(options.mode);
  if (options.base_row < least || options.base_row > kCea608Rows) {
    return make_error(ErrorCode::kInvalidArgument,
                      "base row {} leaves no room for the captions; choose {} to {}",
                      options.base_row, least, kCea608Rows);
  }
  return Cea608Encoder(options, *clock, from);
}

Cea608Encoder::Cea608Encoder(const Cea608Options& options, const Cea608Clock& clock, MediaTime from)
    : options_(options), clock_(clock), now_(clock.at_or_after(from)), settled_(now_) {}

// ---- cues in ----

void Cea608Encoder::push(const Cue& cue) {
  Cea608Rows made = cea608_rows(cue);
  std::ranges::move(made.notes, std::back_inserter(notes_));
  if (!made.rows.empty()) add_pages(cue, std::move(made.rows));
  advance(cue.span.begin);
}

void Cea608Encoder::add_pages(const Cue& cue, std::vector<Cea608Row> rows) {
  const std::span<const Cea608Row> all(rows);
  const std::size_t most = is_roll_up() ? 1 : kCea608RowsAtOnce;
  if (!is_roll_up() && all.size() > most) {
    notes_.push_back({Cea608Note::Kind::kSplit, cue.id, cue.span, 0, 0, "", "", {}});
  }
  for (std::size_t begin = 0; begin < all.size(); begin += most) {
    const std::size_t end = std::min(begin + most, all.size());
    const bool is_last = end == all.size();
    // A row of roll-up stays for those after it; a page makes room for the next.
    const MediaTime out = is_last || is_roll_up() ? cue.span.end : all[end].begin;
    add_page(cue, all.subspan(begin, end - begin), {all[begin].begin, out});
  }
}

void Cea608Encoder::add_page(const Cue& cue, std::span<const Cea608Row> rows, TimeSpan span) {
  Cea608Steps steps(options_.channel);
  Page page;
  if (options_.mode == Cea608Mode::kPopOn) {
    steps.command(Cea608Command::kResumeCaptionLoading);
    steps.command(Cea608Command::kEraseNonDisplayedMemory);
    steps.rows(rows, options_.base_row, Cea608Alignment::kCentre);
    page.load = steps.take();
    steps.command(Cea608Command::kEndOfCaption);
  } else if (options_.mode == Cea608Mode::kPaintOn) {
    steps.command(Cea608Command::kResumeDirectCaptioning);
    steps.rows(rows, options_.base_row, Cea608Alignment::kCentre);
  } else {
    steps.command(roll_up_command(options_.mode));
    steps.command(Cea608Command::kCarriageReturn);
    steps.rows(rows, options_.base_row, Cea608Alignment::kLeft);
    span.end += options_.erase_after;
  }
  page.show = steps.take();
  page.in = clock_.nearest(span.begin);
  page.out = std::max(clock_.nearest(span.end), page.in + 1);
  page.cue_id = cue.id;
  page.span = cue.span;
  page.due = span.begin;
  pages_.push_back(std::move(page));
}

void Cea608Encoder::advance(MediaTime watermark) {
  // A cue that begins at the watermark may be rounded half a slot before it.
  const Slot known = clock_.nearest(watermark) - kErasureSlots;
  const bool loads_ahead = options_.mode == Cea608Mode::kPopOn;
  settled_ = std::max(settled_, known - (loads_ahead ? kFullLoad : 0));
}

void Cea608Encoder::finish() { is_finished_ = true; }

void Cea608Encoder::restart(MediaTime from) {
  const bool shows_something = shown_out_ || (!pages_.empty() && pages_.front().begun);
  pages_.clear();
  repeat_.reset();
  last_row_.reset();
  is_finished_ = false;
  now_ = settled_ = clock_.at_or_after(from);
  shown_out_.reset();
  if (shows_something) shown_out_ = now_;
}

MediaDuration Cea608Encoder::lead() const {
  const int slots = kErasureSlots + (options_.mode == Cea608Mode::kPopOn ? kFullLoad : 0);
  return clock_.time_of(slots + 1);
}

std::vector<Cea608Note> Cea608Encoder::take_notes() { return std::exchange(notes_, {}); }

// ---- pairs out ----

bool Cea608Encoder::is_settled() const {
  if (!is_finished_) return now_ < settled_;
  return !pages_.empty() || shown_out_ || repeat_ || now_ < settled_;
}

std::optional<Cea608Slot> Cea608Encoder::next() {
  if (!is_settled()) return std::nullopt;
  const Cea608Pair pair = choose();
  const Cea608Slot slot{{clock_.time_of(now_), clock_.time_of(now_ + 1)}, pair};
  ++now_;
  return slot;
}

Cea608Pair Cea608Encoder::choose() {
  if (repeat_) return *std::exchange(repeat_, std::nullopt);
  const bool is_showing = !pages_.empty() && pages_.front().begun;
  if (is_showing) return show_next();
  if (must_erase()) return erase();
  if (must_load()) return load_next();
  if (may_show()) {
    begin_page();
    // What is written in sight needs an empty screen.
    if (options_.mode == Cea608Mode::kPaintOn && shown_out_) return erase();
    return show_next();
  }
  return {};
}

Cea608Pair Cea608Encoder::send(const Cea608Step& step) {
  if (step.is_doubled) repeat_ = step.pair;
  return step.pair;
}

Cea608Pair Cea608Encoder::erase() {
  shown_out_.reset();
  return send({command_pair(options_.channel, Cea608Command::kEraseDisplayedMemory), true});
}

bool Cea608Encoder::must_erase() const {
  if (!shown_out_ || now_ < *shown_out_) return false;
  return pages_.empty() || pages_.front().in >= *shown_out_ + kErasureSlots;
}

bool Cea608Encoder::must_load() const {
  if (pages_.empty()) return false;
  const Page& page = pages_.front();
  if (page.sent == page.load.size()) return false;
  const bool is_cleared_before = shown_out_ && *shown_out_ + kErasureSlots <= page.in;
  const Slot needed =
      slots_of(std::span(page.load).subspan(page.sent)) + (is_cleared_before ? kErasureSlots : 0);
  return now_ + needed >= page.in;
}

bool Cea608Encoder::may_show() const {
  if (pages_.empty()) return false;
  const Page& page = pages_.front();
  if (page.sent < page.load.size() || now_ < page.in) return false;
  return !is_roll_up() || !last_row_ || now_ >= *last_row_ + clock_.count_in(kRowTime);
}

Cea608Pair Cea608Encoder::load_next() {
  Page& page = pages_.front();
  return send(page.load[page.sent++]);
}

/// The moment that viewers see: notes how late it is and keeps the time the page is to stand.
void Cea608Encoder::begin_page() {
  Page& page = pages_.front();
  page.begun = now_;
  page.sent = 0;
  last_row_ = now_;
  const Slot late = now_ - page.in;
  page.out += late;
  // Rows wait for each other by up to half a second; that is how roll-up looks.
  const Slot usual = is_roll_up() ? clock_.count_in(kRowTime) : 1;
  if (late <= usual) return;
  Cea608Note note;
  note.kind = Cea608Note::Kind::kLate;
  note.cue_id = page.cue_id;
  note.span = page.span;
  note.late = clock_.time_of(now_) - page.due;
  notes_.push_back(std::move(note));
}

Cea608Pair Cea608Encoder::show_next() {
  Page& page = pages_.front();
  const Cea608Pair pair = send(page.show[page.sent++]);
  if (page.sent == page.show.size()) {
    shown_out_ = page.out;
    pages_.pop_front();
  }
  return pair;
}

}  // namespace subtide
