// The data of what tasks, workers, models and guards say, as JSON.
#include "engine/events/event_data.h"

namespace subtide {
namespace {

using Json = EventData;

Json to_value(const TaskNamed& task) {
  return {{"task", task.id},
          {"stage", task.stage},
          {"effect_key", task.effect_key},
          {"generation", task.generation},
          {"attempt", task.attempt},
          {"worker", task.worker}};
}

Json to_value(const TaskNamed& task, const TaskFault& fault) {
  Json value = to_value(task);
  value["error_class"] = fault.error_class;
  value["message"] = fault.message;
  return value;
}

Json to_value(const WorkerNamed& worker) {
  return {{"worker", worker.id},
          {"stage", worker.stage},
          {"models", worker.models},
          {"pid", worker.pid}};
}

Json to_value(const WorkerNamed& worker, const std::string& reason) {
  Json value = to_value(worker);
  value["reason"] = reason;
  return value;
}

Json to_value(const ModelNamed& model) {
  return {{"role", model.role}, {"spec", model.spec}, {"detail", model.detail}};
}

Json to_value(const BreakerNamed& breaker) {
  return {{"key", breaker.key},
          {"window", breaker.window},
          {"failure_rate", breaker.failure_rate},
          {"late_rate", breaker.late_rate}};
}

Json to_value(const LadderStep& step) {
  return {{"ladder", step.ladder}, {"from", step.from}, {"to", step.to}, {"cause", step.cause}};
}

Json to_value(const StoreSpace& space) {
  return {{"path", space.path},
          {"free_bytes", space.free_bytes},
          {"threshold_bytes", space.threshold_bytes}};
}

Json to_value(const AlertNamed& alert) {
  return {{"rule", alert.rule},
          {"value", alert.value},
          {"threshold", alert.threshold},
          {"message", alert.message}};
}

}  // namespace

Json to_data(const WorkAvailable& body) {
  return {{"stage", body.stage}, {"count", body.count}, {"oldest_ms", body.oldest.count()}};
}
Json to_data(const TaskLeased& body) {
  Json value = to_value(body.task);
  value["queue_ms"] = body.queued.count();
  return value;
}
Json to_data(const TaskCompleted& body) {
  Json value = to_value(body.task);
  value["queue_ms"] = body.queued.count();
  value["run_ms"] = body.ran.count();
  value["media_ms"] = to_milliseconds(body.media);
  if (!body.model.empty()) value["model"] = body.model;
  return value;
}
Json to_data(const TaskFailed& body) {
  Json value = to_value(body.task, body.fault);
  value["run_ms"] = body.ran.count();
  if (body.retry_in) value["retry_in_ms"] = body.retry_in->count();
  return value;
}
Json to_data(const TaskDead& body) { return to_value(body.task, body.fault); }
Json to_data(const LeaseExpired& body) {
  Json value = to_value(body.task);
  value["reason"] = body.reason;
  return value;
}

Json to_data(const WorkerRegistered& body) { return to_value(body.worker); }
Json to_data(const WorkerReady& body) { return to_value(body.worker); }
Json to_data(const WorkerSuspect& body) { return to_value(body.worker, body.reason); }
Json to_data(const WorkerDead& body) { return to_value(body.worker, body.reason); }
Json to_data(const WorkerQuarantined& body) { return to_value(body.worker, body.reason); }
Json to_data(const WorkerDraining& body) { return to_value(body.worker, body.reason); }
Json to_data(const WorkerStopped& body) { return to_value(body.worker, body.reason); }
Json to_data(const WorkerHeartbeat& body) {
  return {{"worker", body.id},
          {"state", body.state},
          {"progress", body.progress},
          {"rss_bytes", body.rss_bytes},
          {"queue", body.queue}};
}

Json to_data(const ModelLoading& body) {
  Json value = to_value(body.model);
  value["device"] = body.device;
  return value;
}
Json to_data(const ModelLoaded& body) {
  Json value = to_value(body.model);
  if (!body.load) return value;
  if (!body.load->sha256.empty()) value["sha256"] = body.load->sha256;
  value["device"] = body.load->device;
  value["load_ms"] = body.load->took.count();
  value["bytes"] = body.load->bytes;
  return value;
}
Json to_data(const ModelUnloaded& body) {
  Json value = to_value(body.model);
  value["reason"] = body.reason;
  return value;
}
Json to_data(const ModelFailed& body) {
  Json value = to_value(body.model);
  value["device"] = body.device;
  value["code"] = body.code;
  value["message"] = body.message;
  return value;
}

Json to_data(const BreakerOpened& body) {
  Json value = to_value(body.breaker);
  value["open_for_ms"] = body.open_for.count();
  return value;
}
Json to_data(const BreakerHalfOpened& body) { return {{"key", body.key}, {"probes", body.probes}}; }
Json to_data(const BreakerClosed& body) { return to_value(body.breaker); }
Json to_data(const DegradeEntered& body) { return to_value(body.step); }
Json to_data(const DegradeLeft& body) { return to_value(body.step); }
Json to_data(const BusGap& body) {
  return {{"source", body.source},
          {"family", body.family},
          {"expected", body.expected},
          {"got", body.got},
          {"action", to_string(body.action)}};
}
Json to_data(const StoreLowSpace& body) { return to_value(body.space); }
Json to_data(const StoreFull& body) { return to_value(body.space); }
Json to_data(const StoreRecovered& body) { return to_value(body.space); }
Json to_data(const AlertRaised& body) { return to_value(body.alert); }
Json to_data(const AlertCleared& body) { return to_value(body.alert); }
Json to_data(const SecurityDenied& body) { return {{"rule", body.rule}, {"value", body.value}}; }

}  // namespace subtide
