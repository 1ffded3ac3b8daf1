#include "engine/gst/error.h"

#include "engine/gst/pointer.h"

namespace subtide {
namespace {

constexpr const char* kDetails = "tide/error";

StructurePtr details_of(const Error& error) {
  return StructurePtr(
      gst_structure_new(kDetails, "code", G_TYPE_INT, static_cast<int>(error.code), nullptr));
}

ErrorPtr to_g_error(const Error& error) {
  const GstErrorKind kind = to_gst_error(error.code);
  return ErrorPtr(g_error_new_literal(kind.domain, kind.code, error.message.c_str()));
}

void post(GstElement* element, GstMessage* message) { gst_element_post_message(element, message); }

ErrorCode nearest_resource_code(int code) {
  switch (code) {
    case GST_RESOURCE_ERROR_NOT_FOUND:
      return ErrorCode::kNotFound;
    case GST_RESOURCE_ERROR_BUSY:
      return ErrorCode::kUnavailable;
    case GST_RESOURCE_ERROR_NOT_AUTHORIZED:
      return ErrorCode::kDenied;
    case GST_RESOURCE_ERROR_NO_SPACE_LEFT:
      return ErrorCode::kNoSpace;
    case GST_RESOURCE_ERROR_SETTINGS:
      return ErrorCode::kInvalidArgument;
    default:
      return ErrorCode::kIo;
  }
}

ErrorCode nearest_code(const GError& error) {
  if (error.domain == GST_RESOURCE_ERROR) return nearest_resource_code(error.code);
  if (error.domain == GST_STREAM_ERROR) return ErrorCode::kBadInput;
  if (error.domain == GST_LIBRARY_ERROR && error.code == GST_LIBRARY_ERROR_SETTINGS) {
    return ErrorCode::kInvalidArgument;
  }
  if (error.domain == GST_CORE_ERROR && error.code == GST_CORE_ERROR_MISSING_PLUGIN) {
    return ErrorCode::kUnsupported;
  }
  return ErrorCode::kInternal;
}

void parse(GstMessage* message, GError** error, const GstStructure** details) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING) {
    gst_message_parse_warning(message, error, nullptr);
    gst_message_parse_warning_details(message, details);
  } else {
    gst_message_parse_error(message, error, nullptr);
    gst_message_parse_error_details(message, details);
  }
}

}  // namespace

GstErrorKind to_gst_error(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS};
    case ErrorCode::kNotFound:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND};
    case ErrorCode::kAlreadyExists:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_WRITE};
    case ErrorCode::kUnsupported:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_NOT_IMPLEMENTED};
    case ErrorCode::kBadInput:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE};
    case ErrorCode::kUnavailable:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY};
    case ErrorCode::kDeadline:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED};
    case ErrorCode::kNoSpace:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT};
    case ErrorCode::kIo:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE};
    case ErrorCode::kDenied:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED};
    case ErrorCode::kBreakerOpen:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY};
    case ErrorCode::kInternal:
      return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED};
  }
  return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED};
}

void post_error(GstElement* element, const Error& error) {
  const ErrorPtr wrapped = to_g_error(error);
  post(element, gst_message_new_error_with_details(GST_OBJECT_CAST(element), wrapped.get(), nullptr,
                                                   details_of(error).release()));
}

void post_warning(GstElement* element, const Error& error) {
  const ErrorPtr wrapped = to_g_error(error);
  post(element, gst_message_new_warning_with_details(GST_OBJECT_CAST(element), wrapped.get(),
                                                     nullptr, details_of(error).release()));
}

Error read_error(GstMessage* message) {
  GError* raw = nullptr;
  const GstStructure* details = nullptr;
  parse(message, &raw, &details);
  const ErrorPtr error(raw);
  int code = 0;
  if (details != nullptr && gst_structure_has_name(details, kDetails) &&
      gst_structure_get_int(details, "code", &code)) {
    return Error{static_cast<ErrorCode>(code), error->message};
  }
  return make_error(nearest_code(*error), "{}: {}", GST_MESSAGE_SRC_NAME(message), error->message);
}

}  // namespace subtide
