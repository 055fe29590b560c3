"""RTP and RTCP as one call has them: what is in packets, when they are sent and sent again, and
what both sides report. PURE: bytes and times go in, bytes and values come out."""
