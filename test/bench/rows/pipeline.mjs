/** One mp3 file to windows: decode, resample, frame, gather, against the same decoder alone. */
import { inProcessAsync } from '../harness.mjs';
import { makeMp3, tinyMp3 } from '../mp3.mjs';

/** @type {import('../run.mjs').Row} */
export default {
  name: 'pipeline',
  title: 'mp3 file to windows',
  async cases({ tunespace, quick }) {
    const seconds = quick ? 1 : 60;
    const bytes = quick ? tinyMp3() : await makeMp3(seconds, 71);
    const run = inProcessAsync(async () => (await tunespace.extract(bytes)).data);
    return [
      {
        work: `mp3 file of ${seconds} s to windows`,
        ours: { time: run.time },
        peers: [
          {
            name: 'the same decoder alone (mpg123-decoder)',
            target: 0.8,
            async start() {
              const { MPEGDecoder } = await import('mpg123-decoder');
              return inProcessAsync(async () => {
                const decoder = new MPEGDecoder();
                await decoder.ready;
                const { channelData } = decoder.decode(bytes);
                decoder.free();
                return channelData[0];
              });
            },
          },
        ],
      },
    ];
  },
};
