import { Module } from '@nestjs/common';
import { AccessModule } from '../../access';
import { PayoutTenantClaims } from './payout-tenant';
import { PayoutsController } from './payouts.controller';
import { PayoutsService } from './payouts.service';
import { WithdrawOpenPayouts } from './withdraw-open-payouts';

/** A domain module as a team would write it: read it first. */
@Module({
  imports: [
    AccessModule.forFeature({
      permissions: { 'payouts:approve': 'Approve payouts that others requested' },
      roles: { payouts_approver: ['payouts:approve'] },
      errors: {
        payout_over_limit: { status: 409, title: 'The payout is over the limit' },
        payout_own_request: { status: 403, title: 'Nobody approves a payout of their own' },
        payout_already_approved: { status: 409, title: 'The payout has been approved' },
      },
    }),
  ],
  controllers: [PayoutsController],
  providers: [PayoutsService, PayoutTenantClaims, WithdrawOpenPayouts],
})
export class PayoutsModule {}
