#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>

#include "engine/base/result.h"
#include "engine/metadata/bytes.h"
#include "engine/metadata/timed_metadata.h"
#include "engine/metadata/ts_packet.h"
#include "engine/metadata/ts_program.h"

namespace subtide {

struct TsId3Options {
  std::uint16_t pid = 0x1F0;        ///< of the ID3 stream; the next free one when it is taken
  std::size_t most_waiting = 4096;  ///< items that wait for their time
};

/// Adds a stream of timed ID3 to the first programme of an MPEG transport stream: it stands behind
/// a muxer that knows no ID3.
///
/// Every PMT is rewritten; an item goes out as one PES packet in front of the first PES packet that
/// is as late as it. All other packets stay as they are and in order. Input that is no transport
/// stream, or damaged, passes through.
///
/// Time:    90 kHz ticks of the programme's clock, modulo 2^33.
/// Owner:   the caller.
/// Threads: starts none and takes no lock; one thread at a time.
/// Errors:  only add() has any. Memory is bounded by most_waiting and a few packets.
class TsId3Filter {
 public:
  explicit TsId3Filter(TsId3Options options = {});

  /// Takes an item that is to be shown at `pts`. Errors: kUnavailable when most_waiting are
  /// waiting, kInvalidArgument when its ID3 tag is too long for a PES packet.
  Status add(const TimedMetadata& item, std::uint64_t pts);

  /// Takes any number of bytes, and gives what is ready of them.
  Bytes push(ByteView bytes);

  /// Gives the rest: items that still wait, and a packet that was never whole.
  Bytes finish();

  std::size_t waiting() const { return waiting_.size(); }
  std::uint64_t written() const { return written_; }
  /// True once a PMT has announced the stream; until then items wait.
  bool is_listed() const { return is_listed_; }

 private:
  struct Waiting {
    std::uint64_t pts = 0;
    Bytes tag;
  };

  void take_packet(ByteView packet, ByteWriter& out);
  void take_pat(const TsHeader& header, ByteWriter& out);
  void take_pmt(ByteView packet, const TsHeader& header, ByteWriter& out);
  bool rewrite_pmt(ByteWriter& out);
  void let_go_held(ByteWriter& out);
  void choose_pid(const TsStreams& streams);
  void write_due(std::uint64_t now, ByteWriter& out);
  void write_first(ByteWriter& out);

  TsId3Options options_;
  std::deque<Waiting> waiting_;  ///< by time
  std::uint64_t written_ = 0;
  Bytes buffer_;            ///< the beginning of a packet
  bool is_in_step_ = true;  ///< a packet is known to begin where the buffer does
  SectionGatherer pat_;
  SectionGatherer pmt_;
  std::optional<TsProgram> program_;
  std::set<std::uint16_t> pids_;  ///< of the programme
  Bytes held_;                    ///< packets of a PMT that is not whole
  Bytes last_held_;               ///< the last of them, to know one that is repeated
  std::optional<std::uint8_t> pmt_counter_;
  std::uint8_t id3_counter_ = 0;
  std::uint16_t pid_;
  bool is_listed_ = false;
};

}  // namespace subtide
