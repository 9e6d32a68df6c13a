"""What was sent and who got it, and what is wrong with that.

A channel is whatever each message must come out of once: a list, a sorted set, a group of a stream, or
somebody who reads all of a stream. A message is (producer, number), numbered by its producer for each key.
"""

import collections

LOST, TWICE, DISORDERED, UNSENT = "lost", "twice", "out of order", "never sent"
KINDS = (LOST, TWICE, DISORDERED, UNSENT)


class Ledger:
    def __init__(self):
        self.sent = collections.defaultdict(collections.Counter)  # key -> producer -> how many
        self.channels = {}  # channel -> key
        self.got = collections.defaultdict(list)  # channel -> [(consumer, producer, number)]
        self.got_back = collections.defaultdict(list)  # the same, of what a lost connection had
        self.notes = 0
        self.has = collections.defaultdict(set)  # channel -> {(producer, number)}

    def note(self, channel, consumer, message, back=False):
        (self.got_back if back else self.got)[channel].append((consumer, *message))
        self.has[channel].add(message)
        self.notes += 1

    def not_lost(self, channel, consumer, message):
        """Somebody got it after all."""
        self.got_back[channel].remove((consumer, *message))

    def alone(self, channel):
        """A copy of what it knows of that channel."""
        other, key = Ledger(), self.channels[channel]
        other.channels[channel], other.sent[key] = key, self.sent[key].copy()
        other.got[channel], other.got_back[channel] = list(self.got[channel]), list(self.got_back[channel])
        return other

    def whole(self, channel):
        """Whether everything that was sent has come out of it."""
        return len(self.has[channel]) >= sum(self.sent[self.channels[channel]].values())

    def faults(self, channel):
        """The faults of each kind, in words."""
        found = {kind: [] for kind in KINDS}
        sent = {(producer, number) for producer, count in self.sent[self.channels[channel]].items()
                for number in range(1, count + 1)}
        times = collections.Counter((producer, number) for _, producer, number
                                    in self.got[channel] + self.got_back[channel])
        found[LOST] = [f"{channel}: {message}" for message in sorted(sent - times.keys())]
        found[UNSENT] = [f"{channel}: {message}" for message in sorted(times.keys() - sent)]
        found[TWICE] = [f"{channel}: {message} {count} times" for message, count in times.items() if count > 1]
        # What was got back was sent before what somebody else has had meanwhile.
        last = {}
        for consumer, producer, number in self.got[channel]:
            before = last.get((consumer, producer), 0)
            if number < before:
                found[DISORDERED].append(f"{channel}: {consumer} got {(producer, number)} behind {before}")
            last[consumer, producer] = number
        return found

    def spoil(self, channel, kind):
        """Plants a fault of that kind. False where there is nothing to spoil."""
        got = self.got[channel]
        if not got:
            return False
        consumer, producer, number = got[len(got) // 2]
        if kind == LOST:
            del got[len(got) // 2]
        elif kind == TWICE:
            got.append(("another", producer, number))
        elif kind == UNSENT:
            got.append((consumer, producer, self.sent[self.channels[channel]][producer] + 1))
        else:
            seen = {}
            for at, (consumer, producer, _) in enumerate(got):
                if (consumer, producer) in seen:
                    other = seen[consumer, producer]
                    got[at], got[other] = got[other], got[at]
                    return True
                seen[consumer, producer] = at
            return False
        return True
