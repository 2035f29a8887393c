import { webhookHeaders } from './webhook-signature';

const MESSAGE = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
};

describe(webhookHeaders.name, () => {
  // The example that the libraries of Standard Webhooks test themselves with.
  it.each(['whsec_', ''])('signs as Standard Webhooks does, with %j in front of the secret', (prefix) => {
    expect(webhookHeaders(`${prefix}MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`, MESSAGE)).toEqual({
      'webhook-id': MESSAGE.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });
});
