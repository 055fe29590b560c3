"""Google congestion control on the sending side, by transport-wide feedback. PURE.

The parts are those of libwebrtc's modules/congestion_controller/goog_cc and of
draft-ietf-rmcat-gcc-02, with libwebrtc's values of 2026 where the two differ.
"""
