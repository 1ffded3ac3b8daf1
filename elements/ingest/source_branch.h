#pragma once

#include <gst/gst.h>

#include <memory>
#include <vector>

#include "elements/ingest/source_graph.h"

namespace subtide {

/// The end of a stream's way: what arrives here goes through the gate.
struct SourceGraph::Tap {
  SourceGate* gate;
  Port port;
  TsClock* clock;      ///< null: the times are as they are
  std::string origin;  ///< the demuxer's pad, which names the PID

  static GstFlowReturn on_sample(GstAppSink* sink, gpointer self);
  GstFlowReturn take(GstSample* sample);
};

/// The elements behind one pad of a demuxer.
struct SourceGraph::Branch {
  GstPad* origin = nullptr;             ///< the demuxer's pad; only compared
  std::atomic<bool> has_ended = false;  ///< another one may take its place
  TimelineKind kind = TimelineKind::kOther;
  unsigned index = 0;
  TsClock* clock = nullptr;
  std::string program;  ///< of a transport stream: which setting up of its programme
  std::string name;
  SourceGate* gate = nullptr;
  bool takes_splices = false;         ///< of its programme's streams this one
  std::vector<GstElement*> elements;  ///< the bin owns them
  std::vector<std::unique_ptr<Tap>> taps;
};

}  // namespace subtide
